/** fal's callbacks on their way to our door: lost, doubled, late, again after an error; and those that are not fal's. */
import { receiveWebhook } from '@reelay/engine';
import { contextOf } from '../fleet/context-of.ts';
import { count, type World } from '../world.ts';
import { payloadOf } from './answers.ts';
import { SIGNED_AT, SIGNED_BY } from './fal-of-thread.ts';
import type { ProviderRequest } from './request.ts';

const TRIES_MAX = 5;

interface Letter {
  readonly attemptId: string;
  readonly token: string;
  readonly signedBy: string;
  readonly signedAtMs: number;
  readonly requestId: string;
  readonly failed: boolean;
  readonly payload: unknown;
}

/** A run has ended: its callbacks set out. */
export function callBack(world: World, request: ProviderRequest): void {
  const chance = world.chance('callbacks');
  const { lost, doubled, late } = world.plan.callbacks;
  const attemptId = attemptOf(request.webhookUrl);
  if (attemptId === null || request.end === 'vanished') return;
  if (!world.calm && chance.happens(lost)) {
    world.say(`callback of ${request.id} is lost`);
    return;
  }
  const copies = chance.happens(doubled) ? chance.whole(2, 3) : 1;
  for (let copy = 0; copy < copies; copy++) {
    const delayMs = chance.happens(late) ? chance.between(10_000, 7_200_000) : chance.between(1, 3_000);
    world.agenda.in(delayMs, `callback of ${request.id}`, () => {
      const failed = request.end !== 'ok' && request.end !== 'unreadable';
      return deliver(world, letterFor(world, request, attemptId, failed), 1);
    });
  }
}

function letterFor(world: World, request: ProviderRequest, attemptId: string, failed: boolean): Letter {
  return {
    attemptId,
    token: request.webhookUrl?.split('/').at(-1) ?? '',
    signedBy: 'fal',
    signedAtMs: world.agenda.now(),
    requestId: request.id,
    failed,
    payload: failed ? null : payloadOf(request),
  };
}

async function deliver(world: World, letter: Letter, tried: number): Promise<void> {
  const retry = () => {
    if (tried >= TRIES_MAX) return;
    world.agenda.in(30_000 * 2 ** tried, `callback of ${letter.requestId} again`, () =>
      deliver(world, letter, tried + 1),
    );
  };
  if (!world.api.alive) return retry();
  let answered = false;
  const about = `${letter.requestId} for ${world.labels.of(letter.attemptId)}`;
  await world.threads.spawn(world.api, `callback of ${about}`, async (thread) => {
    const report = await receiveWebhook(contextOf(world, thread), {
      attemptId: letter.attemptId,
      token: letter.token,
      headers: { [SIGNED_BY]: letter.signedBy, [SIGNED_AT]: String(letter.signedAtMs) },
      rawBody: new TextEncoder().encode(
        JSON.stringify({ requestId: letter.requestId, failed: letter.failed, payload: letter.payload }),
      ),
    });
    answered = true;
    world.say(`callback of ${about}: ${report.kind}`);
    if (report.kind === 'stored' && letter.signedBy === 'fal') {
      const told = world.notes.toldByCallback.get(letter.attemptId) ?? new Set<string>();
      world.notes.toldByCallback.set(letter.attemptId, told.add(letter.requestId));
    }
    if (report.kind === 'stored' || report.kind === 'stale') await report.settled;
    if (report.kind === 'forged' || report.kind === 'unknown_attempt') retry();
  });
  // A door that died before it answered is tried again, and so is one that is slow.
  world.agenda.in(15_000, `answer to the callback of ${letter.requestId}`, () => {
    if (!answered) retry();
  });
}

/**
 * Somebody who is not fal: without the token, with a signature of their own, or with one that has long lapsed and
 * therefore proves nothing. What they claim is a lie.
 */
export async function forge(world: World): Promise<void> {
  const chance = world.chance('callbacks');
  const { attempts } = world.state;
  if (attempts.length === 0) return;
  const attempt = chance.pick(attempts);
  const kind = chance.pick(['no_token', 'own_signature', 'lapsed'] as const);
  const requestId = chance.happens(0.5) ? (attempt.requestId ?? 'req-of-nobody') : 'req-of-nobody';
  await lie(world, { attemptId: attempt.id, kind, requestId, failed: chance.happens(0.5) });
}

/** Says of a request that runs that it has failed, just when fal cannot be asked properly. */
export async function smear(world: World): Promise<void> {
  const running = world.state.attempts.find(({ state }) => state === 'accepted');
  if (!running?.requestId) return;
  await lie(world, { attemptId: running.id, kind: 'lapsed', requestId: running.requestId, failed: true });
}

interface Lie {
  readonly attemptId: string;
  readonly kind: 'no_token' | 'own_signature' | 'lapsed';
  readonly requestId: string;
  readonly failed: boolean;
}

async function lie(world: World, { attemptId, kind, requestId, failed }: Lie): Promise<void> {
  const nowMs = world.agenda.now();
  const genuine = world.wire.publicUrl === null ? '' : tokenOf(world, attemptId);
  count(world.notes.faults, `forged callback: ${kind}`);
  const letter: Letter = {
    attemptId,
    token: kind === 'no_token' ? 'A'.repeat(24) : genuine,
    signedBy: kind === 'own_signature' ? 'mallory' : 'fal',
    signedAtMs: kind === 'lapsed' ? nowMs - world.chance('callbacks').between(500_000, 5_000_000) : nowMs,
    requestId,
    failed,
    payload: { video: { url: 'https://evil.example.com/x.mp4' }, seed: 1 },
  };
  await deliver(world, letter, TRIES_MAX);
}

function tokenOf(world: World, attemptId: string): string {
  const request = world.provider.requests.find((other) => attemptOf(other.webhookUrl) === attemptId);
  return request?.webhookUrl?.split('/').at(-1) ?? '';
}

function attemptOf(webhookUrl: string | null): string | null {
  return webhookUrl?.split('/').at(-2) ?? null;
}
