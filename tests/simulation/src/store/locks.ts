import type pg from 'pg';

/** Whether a session of this database waits for a lock that another holds. */
export async function isLockAwaited(control: pg.Client): Promise<boolean> {
  const { rows } = await control.query<{ waits: boolean }>({
    name: 'locks',
    text: `SELECT EXISTS (
      SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'
    ) AS waits`,
  });
  return rows[0]?.waits ?? false;
}
