import type { Db } from '@reelay/db';

/** What has not come to its end yet. */
export interface OpenWork {
  readonly ended: number;
  readonly queued: number;
  readonly active: number;
  readonly batches: number;
  readonly uploads: number;
  readonly callbacks: number;
  readonly unfolded: number;
  readonly unsent: number;
  readonly unnumbered: number;
  readonly undelivered: number;
}

export async function readOpenWork(db: Db): Promise<OpenWork> {
  const [row] = await db.prisma.$queryRaw<OpenWork[]>`
    SELECT
      (SELECT count(*) FROM jobs WHERE status NOT IN ('queued', 'active'))::int AS ended,
      (SELECT count(*) FROM jobs WHERE status = 'queued')::int AS queued,
      (SELECT count(*) FROM jobs WHERE status = 'active')::int AS active,
      (SELECT count(*) FROM batches WHERE state NOT IN ('completed', 'failed', 'cancelled', 'expired'))::int AS batches,
      (SELECT count(*) FROM uploads WHERE completed_at IS NOT NULL AND parsed_at IS NULL)::int AS uploads,
      (SELECT count(*) FROM webhook_inbox WHERE processed_at IS NULL)::int AS callbacks,
      (SELECT count(*) FROM ledger_unfolded)::int AS unfolded,
      (SELECT count(*) FROM attempts WHERE state IN ('reserved', 'sending'))::int AS unsent,
      (SELECT count(*) FROM events WHERE seq IS NULL)::int AS unnumbered,
      (SELECT count(*) FROM deliveries WHERE state = 'pending')::int AS undelivered`;
  if (!row) throw new Error('the counts did not come back');
  return row;
}

export function isQuiet({ ended: _, ...open }: OpenWork): boolean {
  return Object.values(open).every((count) => count === 0);
}
