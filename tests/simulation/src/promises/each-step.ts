/** What holds between any two steps. Each promise names itself and says what broke it. */
import { ATTEMPT_TRANSITIONS, type AttemptState } from '@reelay/core';
import { UNKNOWN_BUDGET_NANO_USD } from '../customer/submit-work.ts';
import type { AttemptFact, JobFact } from '../store/snapshot.ts';
import type { World } from '../world.ts';
import { isEnded, isLive, type Look, spentBy } from './look.ts';

type Check = (world: World, before: Look, now: Look) => void;

const CHECKS: readonly Check[] = [
  outcomesStay,
  attemptsMoveAsAllowed,
  oneLiveAttempt,
  jobsAndAttemptsAgree,
  moneyFollowsState,
  limitsHold,
  slotsHold,
  closedMeansClosed,
  nothingIsSentWhenForbidden,
  requestsBelong,
  lostIsSomebodysWord,
];

export function checkStep(world: World, before: Look, now: Look): void {
  for (const check of CHECKS) check(world, before, now);
}

const name = (world: World, id: string) => world.labels.of(id);

function outcomesStay(world: World, before: Look, now: Look): void {
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

const same = (value: unknown) => JSON.stringify(value);

function attemptsMoveAsAllowed(world: World, before: Look, now: Look): void {
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

function oneLiveAttempt(world: World, _: Look, now: Look): void {
  for (const [jobId, attempts] of now.attemptsOf) {
    if (attempts.filter(isLive).length > 1) world.fail('one live attempt per job', name(world, jobId));
  }
}

function jobsAndAttemptsAgree(world: World, _: Look, now: Look): void {
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

const GIVEN_BACK: readonly AttemptState[] = ['refused', 'released', 'succeeded', 'failed'];

function moneyFollowsState(world: World, _: Look, now: Look): void {
  for (const attempt of now.attempts.values()) {
    const { reserve, release, charge } = now.money.get(attempt.id) ?? { reserve: null, release: null, charge: null };
    const say = `${name(world, attempt.id)} is ${attempt.state}: reserved ${reserve}, released ${release}, charged ${charge}`;
    if (reserve !== BigInt(attempt.reserved)) world.fail('every attempt has its reservation', say);
    if (release !== null && release !== reserve) world.fail('a reservation is given back once, and whole', say);
    if (release !== null && !GIVEN_BACK.includes(attempt.state) && !isPaidAsOrphan(now, attempt))
      world.fail('what may be billed stays reserved', say);
    if (charge !== null && attempt.state !== 'succeeded' && attempt.state !== 'failed')
      world.fail('only an outcome is charged', say);
    if ((attempt.state === 'refused' || attempt.state === 'released') && release === null)
      world.fail('what was not sent is given back', say);
    if (attempt.state === 'succeeded' && (release === null || charge === null)) world.fail('a success is charged', say);
    if ((release === null) !== (charge === null) && attempt.state === 'failed')
      world.fail('a charge takes the place of its reservation', say);
  }
  checkChargesAreSingle(world, now);
}

/** An attempt sends one request: when that is known as an orphan, the reservation has done its work. */
function isPaidAsOrphan(now: Look, { id, state }: AttemptFact): boolean {
  return (
    state === 'lost' && now.facts.ledger.some(({ kind, attemptId }) => kind === 'orphan_charge' && attemptId === id)
  );
}

function checkChargesAreSingle(world: World, now: Look): void {
  const seen = new Set<string>();
  for (const { attemptId, kind, requestId } of now.facts.ledger) {
    const key = kind === 'orphan_charge' ? `${kind} ${requestId}` : `${attemptId} ${kind}`;
    if (seen.has(key)) world.fail('one entry of each kind per attempt', `${name(world, attemptId)} has two of ${kind}`);
    seen.add(key);
  }
}

function fresh(before: Look, now: Look): AttemptFact[] {
  return now.facts.attempts.filter(({ id }) => !before.attempts.has(id));
}

function limitsHold(world: World, before: Look, now: Look): void {
  const reserved = fresh(before, now);
  for (const { scope, limit } of now.facts.budgets) {
    const batchId = scope === 'deployment' ? null : scope.replace('batch:', '');
    if (limit === null || !reserved.some((attempt) => batchId === null || attempt.batchId === batchId)) continue;
    const spent = spentBy(now, batchId);
    if (spent > BigInt(limit))
      world.fail('no reservation takes a budget over its limit', `${world.labels.in(scope)}: ${spent} of ${limit}`);
  }
}

function slotsHold(world: World, before: Look, now: Look): void {
  if (fresh(before, now).length === 0) return;
  const nowMs = world.agenda.now();
  const holding = now.facts.attempts.filter(
    (attempt) => isLive(attempt) && (attempt.slotUntilMs === null || attempt.slotUntilMs > nowMs),
  );
  const unknown = holding.filter(({ state }) => state === 'unknown').length;
  const { inFlightMax } = now.facts.account;
  const held = holding.length - unknown + Math.min(unknown, Math.floor(inFlightMax / 2));
  if (held > inFlightMax) world.fail('slots are never overfilled', `${held} held of ${inFlightMax}`);
}

function closedMeansClosed(world: World, _: Look, now: Look): void {
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

function nothingIsSentWhenForbidden(world: World, before: Look, now: Look): void {
  for (const attempt of now.attempts.values()) {
    if (attempt.sendingAtMs === null || before.attempts.get(attempt.id)?.sendingAtMs !== null) continue;
    const batch = attempt.batchId === null ? null : before.batches.get(attempt.batchId);
    const { stopped, embargoUntilMs } = before.facts.account;
    const why = stopped
      ? 'everything is stopped'
      : (embargoUntilMs ?? 0) > world.agenda.now()
        ? 'an embargo holds'
        : batch && batch.state !== 'in_progress'
          ? `the batch is ${batch.state}`
          : batch?.pauses.some((reason) => reason !== 'budget')
            ? 'the batch is paused'
            : before.jobs.get(attempt.jobId)?.cancelAsked
              ? 'the job is cancelled'
              : null;
    if (why !== null) world.fail('nothing is sent while it is forbidden', `${name(world, attempt.id)}, though ${why}`);
  }
}

/** Whoever brings the proof: the request is fal's, and of this attempt, or of one that sent the very same. */
function requestsBelong(world: World, before: Look, now: Look): void {
  for (const attempt of now.attempts.values()) {
    if (attempt.requestId === null || before.attempts.get(attempt.id)?.requestId !== null) continue;
    const request = world.provider.find(attempt.requestId);
    const other = request === null ? undefined : now.attempts.get(request.attemptId);
    const twin = other !== undefined && other.jobId !== attempt.jobId && other.seed === attempt.seed;
    if (!request || (request.attemptId !== attempt.id && !twin)) {
      world.fail(
        'a request is bound to the attempt that sent it',
        `${name(world, attempt.id)} holds ${attempt.requestId}`,
      );
    }
  }
}

/** A person's word, or the rule's where its batch asked for it: late enough, looked for twice, once per job, within its money. */
function lostIsSomebodysWord(world: World, before: Look, now: Look): void {
  for (const attempt of now.attempts.values()) {
    if (attempt.state !== 'lost' || before.attempts.get(attempt.id)?.state === 'lost') continue;
    if (attempt.lostBy === 'rule') checkRule(world, now, attempt);
    else if (!world.notes.riskAccepted.has(attempt.jobId) && !world.notes.givenUp.has(attempt.jobId)) {
      world.fail('nobody but a person or the rule calls an attempt lost', name(world, attempt.id));
    }
  }
}

function checkRule(world: World, now: Look, attempt: AttemptFact): void {
  const say = (why: string) => world.fail('the rule resubmits only what it may', `${name(world, attempt.id)}: ${why}`);
  const { policy } = world;
  const batch = attempt.batchId === null ? null : now.batches.get(attempt.batchId);
  if (batch?.onUnknown !== 'resubmit') say('nobody asked for it');
  const spentMs = policy.submitTimeoutMs + policy.startTimeoutMs + policy.longestRunMs + policy.webhookWindowMs;
  if (world.agenda.now() < (attempt.sendingAtMs ?? 0) + spentMs) say('it may still run');
  if (attempt.emptyLooks < 1) say('it was not looked for');
  const byRule = now.facts.attempts.filter(({ lostBy, batchId }) => lostBy === 'rule' && batchId === attempt.batchId);
  if (byRule.filter(({ jobId }) => jobId === attempt.jobId).length > 1) say('it is the second time');
  const atStake = byRule.reduce((sum, { reserved }) => sum + BigInt(reserved), 0n);
  if (atStake > UNKNOWN_BUDGET_NANO_USD) say(`${atStake} is at stake`);
}
