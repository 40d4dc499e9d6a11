/** Asks fal how an accepted request ended. Reads only; what to make of the answer is decided by the caller's transaction. */
import type { Failure } from '@reelay/core';
import type { ResultOutcome } from '@reelay/fal';
import type { Context } from '../context.ts';
import type { CallbackSeen } from './settle-attempt.ts';

export type Ending =
  | {
      readonly kind: 'succeeded';
      readonly output: Record<string, unknown>;
      readonly billableUnits: string | null;
      /** Null when it was not read from fal's result itself. */
      readonly httpStatus: number | null;
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

export interface AskedRequest {
  readonly model: string;
  readonly requestId: string;
  /** We asked fal to cancel it. */
  readonly cancelAsked: boolean;
  /** How often it was asked about before. */
  readonly looks: number;
}

export async function readEnding(
  context: Context,
  request: AskedRequest,
  callback: CallbackSeen | null,
): Promise<Reading> {
  const { model, requestId, looks } = request;
  // A stale one is a hint to look. What it says proves nothing, least of all that the run has failed.
  const heard = callback?.stale ? null : callback;
  let saidFailed = heard?.failed ?? false;
  // A callback says that the run is over, so the result is asked for at once; otherwise the status comes first.
  if (heard === null) {
    const status = await context.fal.status(model, requestId);
    if (status.kind === 'waiting' || status.kind === 'running') return { kind: 'not_yet', failure: null };
    if (status.kind === 'unavailable') return { kind: 'not_yet', failure: status.failure };
    if (status.kind === 'completed') saidFailed = status.failed;
  }
  const reading = endingOf(await context.fal.result(model, requestId, { saidFailed }), request, heard);
  if (reading.kind === 'failed' && !saidFailed && isUnconfirmed(reading, looks)) {
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

function endingOf(result: ResultOutcome, request: AskedRequest, callback: CallbackSeen | null): Reading {
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
      return gone(request, callback);
  }
}

/** The result is gone: the callback's copy stands in for it, else a cancel of ours explains it. */
function gone({ cancelAsked }: AskedRequest, callback: CallbackSeen | null): Ending {
  const copy = copyIn(callback);
  if (copy) return copy;
  if (!cancelAsked) return { kind: 'lost' };
  const message = 'cancelled on request before fal produced a result';
  return { kind: 'failed', failure: { kind: 'cancelled_by_request', message }, billableUnits: null, httpStatus: 404 };
}

/** The output that a verified callback carries. */
export function copyIn(callback: CallbackSeen | null): Ending | null {
  if (!callback || callback.stale || callback.failed || !isObject(callback.payload)) return null;
  return { kind: 'succeeded', output: callback.payload, billableUnits: null, httpStatus: null };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
