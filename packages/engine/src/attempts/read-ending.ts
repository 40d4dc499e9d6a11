/** Asks fal how an accepted request ended. Reads only; what to make of the answer is decided by the caller's transaction. */
import { classOf, type Failure } from '@reelay/core';
import type { Unconfirmed } from '@reelay/db';
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
  /** fal no longer gives the result, and no copy of it reached us. */
  | { readonly kind: 'lost' };

export type Reading =
  | Ending
  | { readonly kind: 'not_yet'; readonly failure: Failure | null; readonly unconfirmed: Unconfirmed };

export interface AskedRequest {
  readonly model: string;
  readonly requestId: string;
  /** We asked fal to cancel it. */
  readonly cancelAsked: boolean;
  /** How many looks in a row before this one read an error that nobody confirmed. */
  readonly unconfirmed: number;
  /** fal's status has called it over without an error. */
  readonly calledOk: boolean;
}

export async function readEnding(
  context: Context,
  request: AskedRequest,
  callback: CallbackSeen | null,
): Promise<Reading> {
  const { model, requestId } = request;
  // A stale one is a hint to look. What it says proves nothing, least of all that the run has failed.
  const heard = callback?.stale ? null : callback;
  let saidFailed = heard?.failed ?? false;
  let calledOk = request.calledOk;
  // A callback says that the run is over, so the result is asked for at once; otherwise the status comes first.
  if (heard === null) {
    const status = await context.fal.status(model, requestId);
    if (status.kind === 'waiting' || status.kind === 'running') return notYet(null);
    if (status.kind === 'unavailable') return notYet(status.failure);
    if (status.kind === 'completed') {
      saidFailed = status.failed;
      calledOk = !status.failed;
    }
  }
  const reading = endingOf(await context.fal.result(model, requestId, { saidFailed }), request, heard);
  if (reading.kind !== 'failed' || saidFailed || !mayBeGateway(reading)) return reading;
  return confirm(reading, { ...request, calledOk }, heard);
}

type Failed = Extract<Ending, { kind: 'failed' }>;

/** How often in a row an error must have been read before one more counts, when neither callback nor status confirms it. */
const UNCONFIRMED_LOOKS = 3;

/** An error that a gateway may have made up, or after which the job would run again. */
function mayBeGateway({ httpStatus, failure }: Failed): boolean {
  return (httpStatus !== null && httpStatus >= 500) || classOf(failure).retryable;
}

/** The status names errors of fal's runners. It leaves out the model's own, and need not repeat our start timeout. */
const NOT_IN_STATUS: ReadonlySet<Failure['kind']> = new Set(['model_error', 'start_timeout']);

/**
 * A gateway's error taken for the run's would run, and pay, the job again: one that lasts is the run's own only if fal
 * has not called the run good. Of a run that fal called good it says that the result cannot be had from there.
 */
function confirm(reading: Failed, { unconfirmed, calledOk }: AskedRequest, heard: CallbackSeen | null): Reading {
  if (unconfirmed < UNCONFIRMED_LOOKS) return notYet(reading.failure, { calledOk });
  if (heard !== null) return copyIn(heard) ?? { kind: 'lost' };
  return calledOk && !NOT_IN_STATUS.has(reading.failure.kind) ? { kind: 'lost' } : reading;
}

function notYet(failure: Failure | null, unconfirmed: Unconfirmed = null): Reading {
  return { kind: 'not_yet', failure, unconfirmed };
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
      return notYet(null);
    case 'unavailable':
      return notYet(result.failure);
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

/** Of several callbacks about a request the one that says most: one that calls the run good, then any that is not stale. */
export function callbackAbout(callbacks: readonly CallbackSeen[], requestId: string | null): CallbackSeen | null {
  const about = callbacks.filter(({ request_id }) => request_id === requestId);
  const valid = about.filter(({ stale }) => !stale);
  return valid.find(({ failed }) => !failed) ?? valid[0] ?? about[0] ?? null;
}
