/** What proof, outcomes and the end of a search do to attempt, job and batch: the transactions of the engine. */
import { ADOPTABLE_ATTEMPT_STATES, type AttemptState } from '@reelay/core';
import { ATTEMPTS_MAX, after, at, type Flaws, isLive, type ModelState, move, type Step } from './model-state.ts';

/** Proof of acceptance, whoever brings it. The job of a lost attempt is taken back unless a newer one lives. */
export function adopt(next: ModelState, task: number, flaws: Flaws): void {
  const attempt = at(next.attempts, task);
  attempt.proven = true;
  if (!(ADOPTABLE_ATTEMPT_STATES as readonly AttemptState[]).includes(attempt.state)) return;
  if (attempt.state === 'lost' && flaws.forgetLateEvidence === true) return;
  if (attempt.state === 'lost' && next.attempts.some(isLive) && flaws.takeBackBesideLive !== true) {
    attempt.orphan = true;
    return;
  }
  // An orphan acceptance stays one.
  if (attempt.orphan) return;
  if (move(attempt, 'accepted') && (next.job === 'queued' || next.job === 'needs_review')) next.job = 'active';
}

export function outcomeSteps(state: ModelState, task: number, flaws: Flaws): Step[] {
  const attempt = at(state.attempts, task);
  const ended = attempt.run === 'ok' || attempt.run === 'bad';
  if (!ended) return [];
  if (attempt.state === 'accepted')
    return after(state, `attempt ${task} is settled`, (next) => settle(next, task, flaws));
  if (!attempt.orphan || attempt.told) return [];
  return after(state, `the orphan of attempt ${task} is settled`, (next) => settleOrphan(next, task));
}

function settle(next: ModelState, task: number, flaws: Flaws): void {
  const attempt = at(next.attempts, task);
  attempt.told = true;
  if (!move(attempt, attempt.run === 'ok' ? 'succeeded' : 'failed')) return;
  if (next.job !== 'active' && next.job !== 'needs_review') return;
  if (attempt.run === 'ok') next.job = 'succeeded';
  else next.job = mayRunAgain(next, flaws) ? 'queued' : 'failed';
}

/** A closed batch does not open again by itself, so a late failure ends the job. */
function mayRunAgain(next: ModelState, flaws: Flaws): boolean {
  const open = next.batch === 'in_progress' || flaws.requeueInClosedBatch === true;
  return open && next.attempts.length < ATTEMPTS_MAX;
}

/** Paid work that an open job still waits for is used, and what was reserved beside it is given back. */
function settleOrphan(next: ModelState, task: number): void {
  const attempt = at(next.attempts, task);
  attempt.told = true;
  if (attempt.run !== 'ok' || next.job === 'succeeded' || next.job === 'failed') return;
  next.job = 'succeeded';
  for (const other of next.attempts) if (other.state === 'reserved') move(other, 'released');
}

/** The evidence schedule has ended: a person decides. */
export function endEvidence(next: ModelState, task: number, flaws: Flaws): void {
  if (flaws.resubmitUnknown === true) {
    if (move(at(next.attempts, task), 'lost')) next.job = 'queued';
    return;
  }
  next.job = 'needs_review';
}
