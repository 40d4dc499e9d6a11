/** Asks fal how an accepted attempt ended. Reads only; what to make of the answer is decided by the caller's transaction. */
import type { Failure } from '@reelay/core';
import type { AttemptWithJob } from '@reelay/db';
import type { ResultOutcome } from '@reelay/fal';
import type { Context } from '../context.ts';
import type { CallbackSeen } from './settle-attempt.ts';

export type Ending =
  | {
      readonly kind: 'succeeded';
      readonly output: Record<string, unknown>;
      readonly billableUnits: string | null;
      readonly httpStatus: number;
    }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly billableUnits: string | null;
      readonly httpStatus: number | null;
    }
  /** fal no longer has the result and no copy of it reached us. */
  | { readonly kind: 'lost' };

export type Reading = Ending | { readonly kind: 'not_yet'; readonly failure: Failure | null };

export async function readEnding(
  context: Context,
  loaded: AttemptWithJob,
  callback: CallbackSeen | null,
): Promise<Reading> {
  const { attempt } = loaded;
  const requestId = attempt.request_id ?? '';
  let saidFailed = callback?.failed ?? false;
  // A callback says that the run is over, so the result is asked for at once; otherwise the status comes first.
  if (callback === null) {
    const status = await context.fal.status(attempt.model, requestId);
    if (status.kind === 'waiting' || status.kind === 'running') return { kind: 'not_yet', failure: null };
    if (status.kind === 'unavailable') return { kind: 'not_yet', failure: status.failure };
    if (status.kind === 'completed') saidFailed = status.failed;
  }
  const reading = endingOf(await context.fal.result(attempt.model, requestId, { saidFailed }), loaded, callback);
  if (reading.kind === 'failed' && !saidFailed && isUnconfirmed(reading, attempt.checks)) {
    return { kind: 'not_yet', failure: reading.failure };
  }
  return reading;
}

/** How often a 5xx must be read before it counts as the run's own when neither callback nor status said that it failed. */
const UNCONFIRMED_LOOKS = 3;

/** A gateway's error taken for the run's would run, and pay, the job again. */
function isUnconfirmed({ httpStatus }: { readonly httpStatus: number | null }, looks: number): boolean {
  return httpStatus !== null && httpStatus >= 500 && looks < UNCONFIRMED_LOOKS;
}

function endingOf(result: ResultOutcome, loaded: AttemptWithJob, callback: CallbackSeen | null): Reading {
  switch (result.kind) {
    case 'succeeded':
      return { kind: 'succeeded', output: result.output, billableUnits: result.billableUnits, httpStatus: 200 };
    case 'failed':
      return {
        kind: 'failed',
        failure: result.failure,
        billableUnits: result.billableUnits,
        httpStatus: result.httpStatus,
      };
    case 'not_finished':
      return { kind: 'not_yet', failure: null };
    case 'unavailable':
      return { kind: 'not_yet', failure: result.failure };
    case 'gone':
      return gone(loaded, callback);
  }
}

/** The result is gone: a cancel of ours explains it, else the callback's copy stands in for it. */
function gone({ attempt }: AttemptWithJob, callback: CallbackSeen | null): Ending {
  if (attempt.cancel_asked_at !== null) {
    const message = 'cancelled on request before fal produced a result';
    return { kind: 'failed', failure: { kind: 'cancelled_by_request', message }, billableUnits: null, httpStatus: 404 };
  }
  if (callback && !callback.stale && !callback.failed && isObject(callback.payload)) {
    return { kind: 'succeeded', output: callback.payload, billableUnits: null, httpStatus: 404 };
  }
  return { kind: 'lost' };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
