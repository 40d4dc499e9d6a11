/** What may be sent, whose a request is, and who may call an attempt lost. */
import { UNKNOWN_BUDGET_NANO_USD } from '../customer/submit-work.ts';
import type { AttemptFact } from '../store/snapshot.ts';
import type { World } from '../world.ts';
import type { Look } from './look.ts';

const name = (world: World, id: string) => world.labels.of(id);

/**
 * Judged by the claim's own moment: one that began before a ban was committed, and is committed after it, came first. What
 * is on its way is not called back.
 */
export function nothingIsSentWhenForbidden(world: World, before: Look, now: Look): void {
  const since = world.notes.forbiddenSince;
  for (const attempt of now.attempts.values()) {
    const earlier = before.attempts.get(attempt.id);
    if (attempt.sendingAtMs !== null && earlier?.sendingAtMs === null) {
      const why = banOn(before, attempt, world.agenda.now());
      const known = since.get(attempt.id);
      if (why !== null && (known?.why !== why || known.ms < attempt.sendingAtMs))
        world.fail('nothing is sent while it is forbidden', `${name(world, attempt.id)}, though ${why}`);
    }
    const ban = attempt.state === 'reserved' ? banOn(now, attempt, world.agenda.now()) : null;
    if (ban === null) since.delete(attempt.id);
    else if (since.get(attempt.id)?.why !== ban) since.set(attempt.id, { why: ban, ms: world.agenda.now() });
  }
}

function banOn({ facts, batches, jobs }: Look, attempt: AttemptFact, nowMs: number): string | null {
  const { stopped, embargoUntilMs } = facts.account;
  const batch = attempt.batchId === null ? null : batches.get(attempt.batchId);
  if (stopped) return 'everything is stopped';
  if ((embargoUntilMs ?? 0) > nowMs) return 'an embargo holds';
  if (batch && batch.state !== 'in_progress') return `the batch is ${batch.state}`;
  if (batch?.pauses.some((reason) => reason !== 'budget')) return 'the batch is paused';
  return jobs.get(attempt.jobId)?.cancelAsked ? 'the job is cancelled' : null;
}

/** While fal refuses us or answers nothing, what is sent is one probe. A row of unclear answers is such a time. */
export function outagesStayBounded(world: World, before: Look, now: Look): void {
  const { unclearInRow, refusalsInRow, embargoSetAtMs } = now.facts.account;
  const sending = now.facts.attempts.filter(({ state }) => state === 'sending');
  const most = Math.max(world.policy.unclearAnswersMax, world.plan.inFlight);
  const counted = unclearInRow > before.facts.account.unclearInRow;
  if (counted && unclearInRow >= most) {
    world.fail('a row of unclear answers closes dispatch', `${unclearInRow} in a row`);
  }
  const probes = sending.filter(({ sendingAtMs }) => (sendingAtMs ?? 0) > (embargoSetAtMs ?? Number.POSITIVE_INFINITY));
  if (refusalsInRow > 0 && probes.length > 1) {
    world.fail('one probe at a time', probes.map(({ id }) => name(world, id)).join());
  }
}

/** Whoever brings the proof: the request is fal's, and of this attempt, or of one that sent the very same. */
export function requestsBelong(world: World, before: Look, now: Look): void {
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

/** One request is paid for in one place: by the attempt that holds it, or as an orphan, which belongs to no other one. */
export function requestsHaveOnePlace(world: World, _: Look, now: Look): void {
  const holders = new Map([...now.attempts.values()].map(({ requestId, id }) => [requestId, id]));
  for (const { requestId, attemptId } of now.facts.orphans) {
    const holder = holders.get(requestId);
    if (holder !== undefined && holder !== attemptId)
      world.fail(
        'a request has one place',
        `${requestId} is held by ${name(world, holder)}, an orphan of ${name(world, attemptId)}`,
      );
  }
}

/** A person's word, or the rule's where its batch asked for it: late enough, looked for twice, once per job, within its money. */
export function lostIsSomebodysWord(world: World, before: Look, now: Look): void {
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
