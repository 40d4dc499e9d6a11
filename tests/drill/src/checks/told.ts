/** I7: the event log tells of every end, once, and its numbers have no gap. */
import { UNTOLD_CHANGES } from '@reelay/testkit';
import type { History } from '../history.ts';
import type { Received } from '../processes/callback-sink.ts';
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
    await checkDelivered(stage),
  ];
}

/** What is told of an endpoint goes to the others of its project, and here each project has one. */
const FOR_ENDPOINTS = `
  SELECT id, type, encode(sha256(convert_to(body, 'UTF8')), 'hex') AS sha256 FROM events
  WHERE project_id = ANY($1) AND type NOT LIKE 'endpoint.%'`;

async function checkDelivered({ db, sink, tenant, otherTenant }: History['stage']): Promise<Claim> {
  const projects = [tenant.projectId, otherTenant.projectId];
  const events = await sql<{ id: string; type: string; sha256: string }>(db, FOR_ENDPOINTS, projects);
  const known = new Set(events.map(({ id }) => id));
  const all = [...sink.received.values()];
  const count = (of: (one: Received) => number) => all.reduce((sum, one) => sum + of(one), 0);
  return claim(
    'I7',
    'every event reached its endpoint, as it is in the log and with a signature that an independent library accepts',
    `${events.length} events, ${count(({ taken }) => taken)} deliveries taken, ${count(({ refused }) => refused)} refused`,
    [
      ...events.flatMap(({ id, type, sha256 }) =>
        complaintOf(sink.received.get(id), sha256).map((why) => `${id} (${type}) ${why}`),
      ),
      ...all.filter(({ id }) => !known.has(id)).map(({ id }) => `${id} is no event of theirs`),
      ...sink.wrong,
      ...unlessEmpty(events.length, 'event'),
    ],
  );
}

function complaintOf(received: Received | undefined, sha256: string): string[] {
  if (!received) return ['never came'];
  if (received.taken === 0) return ['was never taken'];
  return received.sha256 === sha256 ? [] : ['came with other bytes than the log has'];
}
