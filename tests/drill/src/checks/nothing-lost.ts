/** I1: what was promised is there, once, and has come to an end or waits for a person who is told why. */
import type { History } from '../history.ts';
import { offendersOf, sql } from '../sql.ts';
import { type Claim, claim, unless } from './claim.ts';

/** A system that puts jobs aside instead of finding out about them loses nothing and is of no use. */
const IN_REVIEW_MAX = { jobs: 25, share: 0.02 };

export async function checkNothingLost(history: History): Promise<Claim[]> {
  return [
    checkAnswered(history),
    await checkJobs(history),
    await checkBatches(history),
    await checkNothingExtra(history),
    await checkEnded(history),
  ];
}

function checkAnswered({ load }: History): Claim {
  const unanswered = load.promised.filter(({ id }) => id === null);
  const repeated = load.promised.filter(({ tries }) => tries > 1).length;
  return claim(
    'I1',
    'every sending was answered 202 in the end',
    `${load.promised.length} sendings, ${repeated} repeated with their key`,
    unanswered.map(({ sending, status }) => `${sending.key}: ${status ?? 'no answer'}`),
  );
}

async function checkJobs({ load, stage }: History): Promise<Claim> {
  const promised = load.promised.flatMap(({ sending, id }) =>
    sending.kind === 'job' && id !== null ? [{ key: sending.key, id }] : [],
  );
  const rows = await sql<{ id: string; custom_id: string }>(
    stage.db,
    'SELECT id, custom_id FROM jobs WHERE batch_id IS NULL',
  );
  const stored = new Map(rows.map(({ id, custom_id }) => [id, custom_id]));
  const wrong = promised.filter(({ id, key }) => stored.get(id) !== key);
  return claim(
    'I1',
    'every job that was promised is a row',
    `${promised.length} promised, ${rows.length} stored`,
    wrong.map(({ key, id }) => `${key}: ${id} is ${stored.has(id) ? `the row of ${stored.get(id)}` : 'no row'}`),
  );
}

interface BatchRows {
  readonly id: string;
  readonly state: string;
  readonly jobs: number;
  readonly rejected: number;
  readonly distinct_rows: number;
}

async function checkBatches({ load, stage }: History): Promise<Claim> {
  const rows = await sql<BatchRows>(
    stage.db,
    `SELECT b.id, b.state, count(j.id)::int AS jobs, count(DISTINCT j.row_no)::int AS distinct_rows,
       (SELECT count(*) FROM rejected_rows r WHERE r.batch_id = b.id)::int AS rejected
     FROM batches b LEFT JOIN jobs j ON j.batch_id = b.id GROUP BY b.id`,
  );
  const stored = new Map(rows.map((row) => [row.id, row]));
  let accepted = 0;
  const wrong = load.promised.flatMap(({ sending, id }) => {
    if (sending.kind === 'job' || id === null) return [];
    const found = stored.get(id);
    if (!found) return [`${sending.key}: ${id} is no row`];
    const isRefused = sending.kind === 'file' && sending.strict;
    // A batch that a customer cancelled while it was read keeps the rows that were read by then.
    if (found.state === 'cancelled' && found.jobs <= sending.good) return [];
    const good = isRefused ? 0 : sending.good;
    accepted += good + sending.bad;
    const isRight = found.jobs === good && found.distinct_rows === good && found.rejected === sending.bad;
    if (isRight && (found.state === 'failed') === isRefused) return [];
    return [
      `${sending.key}: ${id} is ${found.state} with ${found.jobs} jobs and ${found.rejected} rejected rows of ${sending.good} and ${sending.bad}`,
    ];
  });
  return claim(
    'I1',
    'every accepted row is exactly one job or one rejected row; a refused file left none',
    `${rows.length} batches, ${accepted} rows`,
    wrong,
  );
}

/** A key is worth one job or batch, however often its request was repeated. */
async function checkNothingExtra({ load, stage }: History): Promise<Claim> {
  const promised = new Set(load.promised.flatMap(({ id }) => id ?? []));
  const rows = await sql<{ id: string }>(
    stage.db,
    'SELECT id FROM jobs WHERE batch_id IS NULL UNION ALL SELECT id FROM batches',
  );
  return claim(
    'I1',
    'no key made more than one job or batch',
    `${rows.length} made for ${load.promised.length} keys`,
    rows.filter(({ id }) => !promised.has(id)).map(({ id }) => id),
  );
}

async function checkEnded({ stage }: History): Promise<Claim> {
  const open = await offendersOf(
    stage.db,
    `SELECT concat(j.id, ' is ', j.status, ' (', coalesce(j.status_detail, 'no reason'), '), its batch ', coalesce(b.state, 'none'),
       ', attempts ', (SELECT string_agg(concat(a.id, ' ', a.state), ', ' ORDER BY a.n) FROM attempts a WHERE a.job_id = j.id)) AS offender
     FROM jobs j LEFT JOIN batches b ON b.id = j.batch_id
     WHERE j.status IN ('queued', 'active') OR (j.status = 'needs_review' AND j.status_detail IS NULL)`,
  );
  const batches = await offendersOf(
    stage.db,
    `SELECT concat(id, ' is ', state) AS offender FROM batches WHERE state NOT IN ('completed', 'failed', 'cancelled', 'expired')`,
  );
  const counts = await sql<{ status: string; count: number }>(
    stage.db,
    'SELECT status, count(*)::int AS count FROM jobs GROUP BY status ORDER BY count DESC',
  );
  const all = counts.reduce((sum, { count }) => sum + count, 0);
  const inReview = counts.find(({ status }) => status === 'needs_review')?.count ?? 0;
  const inReviewMax = Math.max(IN_REVIEW_MAX.jobs, Math.floor(all * IN_REVIEW_MAX.share));
  return claim(
    'I1',
    'every job has ended or waits for a person with a reason, as few do; every batch is closed',
    counts.map(({ status, count }) => `${count} ${status}`).join(', '),
    [
      ...open,
      ...batches,
      ...unless(inReview <= inReviewMax, `${inReview} wait for a person, of ${all} at most ${inReviewMax} may`),
    ],
  );
}
