/** How jobs, attempts and batches move, and how they stand to each other between any two steps. */
import { ATTEMPT_TRANSITIONS, type AttemptState } from '@reelay/core';
import type { JobFact } from '../store/snapshot.ts';
import type { World } from '../world.ts';
import { isEnded, isLive, type Look } from './look.ts';

const name = (world: World, id: string) => world.labels.of(id);
const same = (value: unknown) => JSON.stringify(value);

export function outcomesStay(world: World, before: Look, now: Look): void {
  for (const job of before.jobs.values()) {
    const after = now.jobs.get(job.id);
    if (!after) {
      world.fail('no job is lost', `${name(world, job.id)} is gone`);
      continue;
    }
    if (
      isEnded(job) &&
      after.run === job.run &&
      (after.status !== job.status || same(after.output) !== same(job.output))
    ) {
      world.fail('an outcome stays', `${name(world, job.id)}: ${job.status} became ${after.status}`);
    }
  }
}

export function attemptsMoveAsAllowed(world: World, before: Look, now: Look): void {
  for (const attempt of before.attempts.values()) {
    const after = now.attempts.get(attempt.id);
    if (!after || !reaches(attempt.state, after.state)) {
      world.fail(
        'an attempt moves as the protocol says',
        `${name(world, attempt.id)}: ${attempt.state} → ${after?.state}`,
      );
    }
  }
}

/** A step may hold several transactions. */
function reaches(from: AttemptState, to: AttemptState, depth = 4): boolean {
  if (from === to) return true;
  if (depth === 0) return false;
  return ATTEMPT_TRANSITIONS[from].some((next) => reaches(next, to, depth - 1));
}

export function oneLiveAttempt(world: World, _: Look, now: Look): void {
  for (const [jobId, attempts] of now.attemptsOf) {
    if (attempts.filter(isLive).length > 1) world.fail('one live attempt per job', name(world, jobId));
  }
}

export function jobsAndAttemptsAgree(world: World, _: Look, now: Look): void {
  for (const job of now.jobs.values()) {
    const live = (now.attemptsOf.get(job.id) ?? []).filter(isLive);
    const states = live.map(({ state }) => state).join(',');
    const say = () => `${name(world, job.id)} is ${job.status} with ${states || 'no live attempt'}`;
    if (job.status === 'queued' && live.length > 0) world.fail('a queued job has nothing running', say());
    if (job.status === 'active' && live.length !== 1) world.fail('an active job has its attempt', say());
    if (job.status === 'needs_review' && (live.length !== 1 || job.detail === null))
      world.fail('a review has its reason', say());
    if (isEnded(job) && live.some(({ state }) => state === 'reserved' || state === 'sending'))
      world.fail('an ended job has nothing to send', say());
    if (isEnded(job) && live.some(({ state }) => state === 'unknown') && !isOverdueReview(world, job))
      world.fail('a job whose outcome is unknown is not ended', say());
  }
}

function isOverdueReview({ policy }: World, { status, reviewAtMs, finishedAtMs }: JobFact): boolean {
  return (
    status === 'failed' && (finishedAtMs ?? 0) >= (reviewAtMs ?? Number.POSITIVE_INFINITY) + policy.reviewDeadlineMs
  );
}

export function closedMeansClosed(world: World, _: Look, now: Look): void {
  for (const batch of now.batches.values()) {
    if (!['completed', 'cancelled', 'failed'].includes(batch.state)) continue;
    const open = now.facts.jobs.filter(
      ({ batchId, status }) => batchId === batch.id && (status === 'queued' || status === 'active'),
    );
    const back = open.filter(({ id }) => !(now.attemptsOf.get(id) ?? []).some(({ state }) => state === 'accepted'));
    // Late evidence makes a job of a closed batch active until its outcome is read: it runs already, nothing new is sent.
    if (back.length > 0)
      world.fail(
        'a closed batch has nothing open',
        `${name(world, batch.id)} is ${batch.state}: ${back.map(({ id }) => name(world, id))}`,
      );
  }
}
