/** I6: an outcome that was seen while the drill ran is the outcome at its end; only a retry opens a job again. */
import type { History } from '../history.ts';
import { sql } from '../sql.ts';
import { ATTEMPT_OUTCOME, type AttemptOutcome, JOB_OUTCOME, type JobOutcome } from '../watch/outcomes.ts';
import { type Claim, claim, unlessEmpty } from './claim.ts';

export async function checkImmutable({ stage, outcomes }: History): Promise<Claim[]> {
  const jobs = await sql<JobOutcome>(stage.db, `SELECT ${JOB_OUTCOME} FROM jobs j WHERE j.id = ANY($1)`, [
    ...outcomes.jobs.keys(),
  ]);
  const attempts = await sql<AttemptOutcome>(
    stage.db,
    `SELECT ${ATTEMPT_OUTCOME} FROM attempts a WHERE a.id = ANY($1)`,
    [...outcomes.attempts.keys()],
  );
  return [
    claim('I6', 'a job that had ended stayed as it was, but for retries', `${outcomes.jobs.size} seen`, [
      ...unlessEmpty(outcomes.jobs.size, 'ended job'),
      ...changed(outcomes.jobs, jobs, (before, now) => before.status !== 'succeeded' && now.run > before.run),
    ]),
    claim('I6', 'an attempt that had ended stayed as it was', `${outcomes.attempts.size} seen`, [
      ...unlessEmpty(outcomes.attempts.size, 'ended attempt'),
      ...changed(outcomes.attempts, attempts, () => false),
    ]),
  ];
}

function changed<T extends { readonly id: string; readonly digest: string }>(
  seen: ReadonlyMap<string, T>,
  found: readonly T[],
  mayDiffer: (before: T, now: T) => boolean,
): string[] {
  const now = new Map(found.map((each) => [each.id, each]));
  return [...seen.values()].flatMap((before) => {
    const after = now.get(before.id);
    if (!after) return [`${before.id} is gone`];
    if (after.digest === before.digest || mayDiffer(before, after)) return [];
    return [`${before.id} was ${JSON.stringify(before)} and is ${JSON.stringify(after)}`];
  });
}
