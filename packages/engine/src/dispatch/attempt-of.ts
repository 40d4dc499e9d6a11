import { createHash } from 'node:crypto';
import { seedFromDigest } from '@reelay/core';
import type { JobHead, NewAttempt } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';

/** The next attempt of a job. A user's seed is never changed; otherwise it is derived from job id and attempt number. */
export function attemptOf(context: Pick<Context, 'now'>, job: JobHead): NewAttempt {
  const n = job.attempts + 1;
  return { id: newId(context, 'attempt'), jobId: job.id, n, seed: job.user_seed ?? BigInt(deriveSeed(job.id, n)) };
}

export function deriveSeed(jobId: string, n: number): number {
  return seedFromDigest(createHash('sha256').update(`${jobId}:${n}`).digest());
}
