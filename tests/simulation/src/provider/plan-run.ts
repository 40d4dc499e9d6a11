/** How a request that fal has just accepted will go: drawn once, when it is accepted. */
import { DEFAULT_MODEL_ID, findModel, quote } from '@reelay/core';
import type { Chance } from '../chance.ts';
import type { ProviderRequest, RunEnd } from './request.ts';

const HOUR_MS = 3_600_000;

export interface Sent {
  readonly endpointId: string;
  readonly attemptId: string;
  readonly jobId: string;
  readonly input: Readonly<Record<string, unknown>>;
  readonly webhookUrl: string | null;
  readonly startTimeoutMs: number;
}

export interface RunWeights {
  readonly ends: Readonly<Record<'ok' | 'model_error' | 'rejected' | 'unreadable', number>>;
  readonly stuck: number;
  readonly startTimeout: number;
  readonly unlisted: number;
  readonly listingLagsMs: readonly number[];
}

export function planRun(chance: Chance, sent: Sent, weights: RunWeights, id: string, nowMs: number): ProviderRequest {
  const list = listPriceOf(sent.input, nowMs);
  const startsAtMs = nowMs + (chance.happens(0.3) ? chance.between(0, 100) : chance.between(100, 60_000));
  const timesOut = chance.happens(weights.startTimeout);
  const runMs = chance.happens(0.15) ? chance.between(10, 2_000) : chance.between(20_000, 200_000);
  const stuck = !timesOut && chance.happens(weights.stuck);
  const end: RunEnd = timesOut
    ? 'start_timeout'
    : stuck
      ? chance.pick(['ok', 'vanished', 'model_error'] as const)
      : chance.weighted(weights.ends);
  const endsAtMs = timesOut
    ? nowMs + sent.startTimeoutMs
    : stuck
      ? nowMs + chance.between(2, 30) * HOUR_MS
      : startsAtMs + runMs;
  const keptMs = chance.happens(0.06) ? chance.between(6, 60) * 60_000 : 30 * 24 * HOUR_MS;
  return {
    ...sent,
    id,
    acceptedAtMs: nowMs,
    listedAtMs: chance.happens(weights.unlisted) ? null : nowMs + chance.pick(weights.listingLagsMs),
    listsOutput: chance.happens(0.5),
    startsAtMs: timesOut ? Number.POSITIVE_INFINITY : startsAtMs,
    endsAtMs,
    end,
    billedNanoUsd: billOf(chance, end, list),
    tellsUnits: end === 'ok' ? !chance.happens(0.05) : chance.happens(0.7),
    keptUntilMs: endsAtMs + keptMs,
  };
}

function listPriceOf(input: Readonly<Record<string, unknown>>, nowMs: number): bigint {
  const model = findModel(DEFAULT_MODEL_ID);
  if (!model) throw new Error('the default model is not in the catalogue');
  return quote(model, input, nowMs).costNanoUsd;
}

function billOf(chance: Chance, end: RunEnd, list: bigint): bigint {
  if (end === 'ok' || end === 'unreadable') return list;
  if (end === 'rejected') return chance.happens(0.5) ? list : 0n;
  return 0n;
}
