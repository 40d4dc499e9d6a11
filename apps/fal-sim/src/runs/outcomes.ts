import type { Outcome } from '../sim-request.ts';
import type { Bill } from './bill.ts';
import type { RunEnd } from './plan-run.ts';

/** An outcome without the moment it happened, and with the bill by the price list instead of the charge. */
export type Ending = Omit<
  Outcome,
  'finishedAtMs' | 'finishedAtSimMs' | 'inferenceMs' | 'billedNanoUsd' | 'subtotalNanoUsd' | 'discountPercent'
> & { readonly listNanoUsd: bigint };

export function endOfRun(end: RunEnd, bill: Bill): Ending {
  return {
    status: end.httpStatus < 300 ? 'completed' : 'errored',
    httpStatus: end.httpStatus,
    body: JSON.stringify(end.body),
    errorType: null,
    retryable: end.retryable,
    userTimeout: false,
    listNanoUsd: bill.billedNanoUsd,
    billableUnits: end.httpStatus < 500 ? bill.billableUnits : null,
    ran: true,
  };
}

/** The caller's start timeout passed before a runner took the request. */
export function endOfStartTimeout(): Ending {
  return {
    ...requestError(504, 'startup_timeout', 'Request timed out'),
    userTimeout: true,
  };
}

/** The runner was lost and the caller had forbidden fal to try again. */
export function endOfLostRunner(): Ending {
  return { ...requestError(503, 'runner_disconnected', 'Runner disconnected'), ran: true };
}

/** `bill` is null for a request removed from the queue. */
export function endOfCancel(bill: Bill | null): Ending {
  return {
    ...requestError(499, 'client_cancelled', 'Request was cancelled by the client'),
    status: 'cancelled',
    listNanoUsd: bill?.billedNanoUsd ?? 0n,
    billableUnits: bill?.billableUnits ?? '0',
    ran: bill !== null,
  };
}

function requestError(httpStatus: number, errorType: string, detail: string): Ending {
  return {
    status: 'errored',
    httpStatus,
    body: JSON.stringify({ detail, error_type: errorType }),
    errorType,
    retryable: null,
    userTimeout: false,
    listNanoUsd: 0n,
    billableUnits: null,
    ran: false,
  };
}
