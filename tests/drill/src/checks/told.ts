/** I7: the event log tells of every end, once, and its numbers have no gap. */
import { UNTOLD_CHANGES } from '@reelay/testkit';
import type { History } from '../history.ts';
import { offendersOf, sql } from '../sql.ts';
import { type Claim, claim, unlessEmpty } from './claim.ts';

const GAPS = `
  SELECT concat('project ', project_id, ': ', count(*), ' events, numbered ', coalesce(min(seq), 0), ' to ', coalesce(max(seq), 0), ', ',
    count(*) FILTER (WHERE seq IS NULL), ' without a number') AS offender
  FROM events GROUP BY project_id
  HAVING count(seq) <> count(*) OR min(seq) <> 1 OR max(seq) <> count(*)`;

export async function checkTold({ stage }: History): Promise<Claim[]> {
  const counts = await sql<{ type: string; count: number }>(
    stage.db,
    'SELECT type, count(*)::int AS count FROM events GROUP BY type ORDER BY count DESC, type',
  );
  const ends = counts.filter(({ type }) => type.startsWith('job.')).reduce((sum, { count }) => sum + count, 0);
  const figures = counts.map(({ type, count }) => `${count} ${type}`).join(', ');
  return [
    claim('I7', 'every end of a job or batch was told of in the event log, each once', figures, [
      ...(await offendersOf(stage.db, UNTOLD_CHANGES)),
      ...unlessEmpty(ends, 'end of a job'),
    ]),
    claim('I7', "the numbers of every project's events have no gap", '', await offendersOf(stage.db, GAPS)),
  ];
}
