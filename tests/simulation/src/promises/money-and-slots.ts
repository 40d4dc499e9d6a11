/** What is reserved, given back and charged, and what no dispatch may go over. */
import type { AttemptState } from '@reelay/core';
import type { AttemptFact } from '../store/snapshot.ts';
import type { World } from '../world.ts';
import { isLive, type Look, spentBy } from './look.ts';

const name = (world: World, id: string) => world.labels.of(id);
const GIVEN_BACK: readonly AttemptState[] = ['refused', 'released', 'succeeded', 'failed'];

export function moneyFollowsState(world: World, _: Look, now: Look): void {
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

export function limitsHold(world: World, before: Look, now: Look): void {
  const reserved = fresh(before, now);
  for (const { scope, limit } of now.facts.budgets) {
    const batchId = scope === 'deployment' ? null : scope.replace('batch:', '');
    if (limit === null || !reserved.some((attempt) => batchId === null || attempt.batchId === batchId)) continue;
    const spent = spentBy(now, batchId);
    if (spent > BigInt(limit))
      world.fail('no reservation takes a budget over its limit', `${world.labels.in(scope)}: ${spent} of ${limit}`);
  }
}

export function slotsHold(world: World, before: Look, now: Look): void {
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

function fresh(before: Look, now: Look): AttemptFact[] {
  return now.facts.attempts.filter(({ id }) => !before.attempts.has(id));
}
