/** What holds when everything has come to its end: our books against fal's, and nothing left behind. */
import { hasSucceeded, type ProviderRequest } from '../provider/request.ts';
import type { AttemptFact, JobFact } from '../store/snapshot.ts';
import type { World } from '../world.ts';
import { isEnded, isLive, type Look } from './look.ts';

export function checkEnd(world: World, end: Look): void {
  noJobIsLost(world, end);
  nothingIsPaidTwice(world, end);
  booksAgree(world, end);
  orphansAreBooked(world, end);
  budgetsEqualLedger(world, end);
  paidWorkIsUsed(world, end);
  evidenceIsUsed(world, end);
  cancelsExplain(world, end);
  finishedBatchesAreClosed(world, end);
}

const name = (world: World, id: string) => world.labels.of(id);

function noJobIsLost(world: World, end: Look): void {
  for (const job of end.jobs.values()) {
    if (isEnded(job) || job.status === 'needs_review') continue;
    if (job.status === 'queued' && waitsForSomebody(world, end, job)) continue;
    const live = (end.attemptsOf.get(job.id) ?? []).filter(isLive).map(({ state }) => state);
    world.fail(
      'every job comes to its end',
      `${name(world, job.id)} is ${job.status} (${job.detail}) with ${live.join() || 'no live attempt'}`,
    );
  }
}

/** Paused by a person, or out of money: that is for a person to change. */
function waitsForSomebody(world: World, end: Look, job: JobFact): boolean {
  if (job.batchId === null) return false;
  if (end.batches.get(job.batchId)?.pauses.includes('user')) return true;
  const budget = end.facts.budgets.find(({ scope }) => scope === `batch:${job.batchId}`);
  if (!budget || budget.limit === null) return false;
  const ready = end.facts.jobs.find(({ batchId, status }) => batchId === job.batchId && status === 'queued');
  const room = BigInt(budget.limit) - BigInt(budget.reserved) - BigInt(budget.charged);
  const paused = end.batches.get(job.batchId)?.pauses.includes('budget') ?? false;
  if (!paused) world.fail('a batch without money says so', name(world, job.batchId));
  return room < BigInt(ready?.estimate ?? 0);
}

function nothingIsPaidTwice(world: World, end: Look): void {
  for (const [attemptId, posts] of world.provider.posts) {
    if (posts > 1) world.fail('one POST per attempt', `${name(world, attemptId)}: ${posts}`);
  }
  for (const jobId of end.jobs.keys()) {
    const accepted = world.provider.requests.filter((request) => request.jobId === jobId);
    for (const [i, request] of accepted.entries()) {
      const next = accepted[i + 1];
      if (!next || world.notes.riskAccepted.has(jobId)) continue;
      const attempt = end.attempts.get(request.attemptId);
      const again = end.attempts.get(next.attemptId);
      // The risk that a batch has asked for: never listed, never called back, and paid all the same.
      if (attempt?.lostBy === 'rule') continue;
      if (attempt?.state === 'failed' && isFreeToRunAgain(attempt, again, request)) continue;
      world.fail(
        'nothing is paid twice',
        `${name(world, jobId)}: ${request.id} of ${name(world, request.attemptId)} (${attempt?.state}, ${request.end}), then ${next.id} of ${name(world, next.attemptId)}`,
      );
    }
  }
}

/** A retry by itself follows only what fal ran, failed and does not bill; a person's retry opens another run. */
function isFreeToRunAgain(attempt: AttemptFact, again: AttemptFact | undefined, request: ProviderRequest): boolean {
  if (request.end === 'ok') return false;
  if (again && again.run > attempt.run) return true;
  return request.end === 'model_error' || request.end === 'start_timeout';
}

function booksAgree(world: World, end: Look): void {
  for (const attempt of end.attempts.values()) {
    const requests = world.provider.requests.filter(({ attemptId }) => attemptId === attempt.id);
    const say = `${name(world, attempt.id)} (${attempt.state})`;
    if ((attempt.state === 'refused' || attempt.state === 'released') && requests.length > 0) {
      world.fail('money is given back only for what fal never took', `${say}: fal has ${requests.map(({ id }) => id)}`);
    }
    const charge = end.money.get(attempt.id)?.charge ?? null;
    const bound = attempt.requestId === null ? null : world.provider.find(attempt.requestId);
    if (charge !== null && charge !== bound?.billedNanoUsd) {
      world.fail("a charge is what fal's bill says", `${say}: charged ${charge}, billed ${bound?.billedNanoUsd}`);
    }
    const open = attempt.state === 'failed' && charge === null ? bound : null;
    if (open?.tellsUnits && open.end === 'rejected') world.fail('a known bill is charged', say);
  }
}

function orphansAreBooked(world: World, end: Look): void {
  for (const { requestId, attemptId, state } of end.facts.orphans) {
    const request = world.provider.find(requestId);
    const say = `${requestId} of ${name(world, attemptId)} (${state})`;
    if (!request) world.fail('an orphan acceptance is one that fal knows', say);
    const charge = end.facts.ledger.find((entry) => entry.kind === 'orphan_charge' && entry.requestId === requestId);
    if (charge && BigInt(charge.amount) !== request?.billedNanoUsd) {
      world.fail(
        "a charge is what fal's bill says",
        `${say}: charged ${charge.amount}, billed ${request?.billedNanoUsd}`,
      );
    }
  }
}

function budgetsEqualLedger(world: World, end: Look): void {
  for (const { scope, reserved, charged } of end.facts.budgets) {
    const batchId = scope === 'deployment' ? null : scope.replace('batch:', '');
    const entries = end.facts.ledger.filter((entry) => batchId === null || entry.batchId === batchId);
    const sum = (kind: string) =>
      entries.filter((entry) => entry.kind === kind).reduce((total, { amount }) => total + BigInt(amount), 0n);
    const spent = sum('charge') + sum('orphan_charge');
    if (BigInt(reserved) !== sum('reserve') - sum('release') || BigInt(charged) !== spent) {
      world.fail('budgets equal the ledger', `${world.labels.in(scope)}: ${reserved} + ${charged}`);
    }
  }
}

function paidWorkIsUsed(world: World, end: Look): void {
  for (const request of world.provider.requests) {
    if (!hasSucceeded(request, world.agenda.now())) continue;
    const attempt = end.attempts.get(request.attemptId);
    const job = end.jobs.get(request.jobId);
    if (!attempt || !job) world.fail('nothing runs at fal that we do not know', request.id);
    else if (attempt.requestId === request.id) checkUsed(world, end, { request, attempt, job });
  }
}

interface Success {
  readonly request: ProviderRequest;
  readonly attempt: AttemptFact;
  readonly job: JobFact;
}

function checkUsed(world: World, end: Look, { request, attempt, job }: Success): void {
  const { riskAccepted, givenUp } = world.notes;
  const byRule = (end.attemptsOf.get(job.id) ?? []).some(({ lostBy }) => lostBy === 'rule');
  const decided = byRule || riskAccepted.has(job.id) || givenUp.has(job.id);
  const mine = job.output?.video?.url?.includes(`/${request.id}.mp4`) ?? false;
  if (attempt.state === 'succeeded' && (mine || decided)) return;
  // fal has forgotten it and no copy reached us.
  const forgotten = request.keptUntilMs <= world.agenda.now();
  if (forgotten && (job.status === 'needs_review' || job.cancelAsked || decided)) return;
  world.fail(
    'paid work is used',
    `${request.id} succeeded; ${name(world, attempt.id)} is ${attempt.state}, ${name(world, job.id)} is ${job.status}`,
  );
}

/** An attempt stays unknown only while nothing that we were shown tells whose it is. */
function evidenceIsUsed(world: World, end: Look): void {
  for (const attempt of end.attempts.values()) {
    if ((attempt.state !== 'unknown' && attempt.state !== 'lost') || attempt.requestId !== null) continue;
    const orphans = new Set(
      end.facts.orphans.filter(({ attemptId }) => attemptId === attempt.id).map(({ requestId }) => requestId),
    );
    if (orphans.size > 0) continue;
    if (world.notes.answered.has(attempt.id)) world.fail("the sender's own answer ends doubt", name(world, attempt.id));
    // Two jobs with the very same input: the other one was taken for the owner, and holds it.
    const isHeld = (requestId: string) => end.facts.attempts.some((other) => other.requestId === requestId);
    const told = [...(world.notes.toldByCallback.get(attempt.id) ?? [])].filter((requestId) => !isHeld(requestId));
    if (told.length > 0) world.fail('a callback ends doubt', `${name(world, attempt.id)} was named by ${told.join()}`);
    const request = world.provider.requests.find(({ attemptId }) => attemptId === attempt.id);
    if (attempt.state === 'lost' || !request || !world.notes.listed.has(`${attempt.id} ${request.id}`)) continue;
    const alike = end.facts.attempts.filter(({ seed }) => seed === attempt.seed);
    if (alike.length === 1)
      world.fail('a listing ends doubt', `${name(world, attempt.id)} is unknown, and ${request.id} was listed`);
  }
}

function finishedBatchesAreClosed(world: World, end: Look): void {
  for (const batch of end.batches.values()) {
    const open = end.facts.jobs.some(
      ({ batchId, status }) => batchId === batch.id && (status === 'queued' || status === 'active'),
    );
    if (!open && !['completed', 'cancelled', 'failed'].includes(batch.state)) {
      world.fail('a finished batch is closed', `${name(world, batch.id)} is ${batch.state}`);
    }
  }
}

/** fal drops what it is asked to cancel: that is no result that somebody has to look for. */
function cancelsExplain(world: World, end: Look): void {
  for (const job of end.jobs.values()) {
    if (job.status !== 'needs_review' || job.detail !== 'result_lost') continue;
    const attempt = end.attemptsOf.get(job.id)?.at(-1);
    if (attempt?.cancelAsked) world.fail('a cancel of ours explains a result that is gone', name(world, job.id));
  }
}
