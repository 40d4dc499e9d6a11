/** Looks at finished jobs and attempts while the drill runs, to hold against them what they are at its end. */
import type { Db } from '@reelay/db';
import { sql } from '../sql.ts';

export interface JobOutcome {
  readonly id: string;
  readonly run: number;
  readonly status: string;
  readonly digest: string;
}

export interface AttemptOutcome {
  readonly id: string;
  readonly digest: string;
}

export interface SeenOutcomes {
  readonly jobs: ReadonlyMap<string, JobOutcome>;
  readonly attempts: ReadonlyMap<string, AttemptOutcome>;
  stop(): void;
}

const LOOK_EVERY_MS = 2_500;
const LOOK_BACK_SECONDS = 4;
const SAMPLE = 400;

export const JOB_OUTCOME = `j.id, j.run, j.status,
  md5(concat_ws('|', j.output::text, j.error::text, j.fal_request_id, j.finished_at)) AS digest`;
export const ATTEMPT_OUTCOME = `a.id, md5(concat_ws('|', a.state, a.request_id, a.http_status, a.failure::text, a.finished_at)) AS digest`;

export function watchOutcomes(db: Db): SeenOutcomes {
  const jobs = new Map<string, JobOutcome>();
  const attempts = new Map<string, AttemptOutcome>();
  const look = async () => {
    const since = `now() - interval '${LOOK_BACK_SECONDS} seconds'`;
    const newJobs = await sql<JobOutcome>(
      db,
      `SELECT ${JOB_OUTCOME} FROM jobs j WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'expired')
        AND j.finished_at > ${since} ORDER BY j.finished_at DESC LIMIT ${SAMPLE}`,
    );
    for (const job of newJobs) if (!jobs.has(job.id)) jobs.set(job.id, job);
    const newAttempts = await sql<AttemptOutcome>(
      db,
      `SELECT ${ATTEMPT_OUTCOME} FROM attempts a WHERE a.state IN ('succeeded', 'failed', 'refused', 'released')
        AND a.finished_at > ${since} ORDER BY a.finished_at DESC LIMIT ${SAMPLE}`,
    );
    for (const attempt of newAttempts) if (!attempts.has(attempt.id)) attempts.set(attempt.id, attempt);
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_EVERY_MS);
  return { jobs, attempts, stop: () => clearInterval(timer) };
}
