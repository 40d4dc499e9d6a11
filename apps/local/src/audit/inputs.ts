import type { AttemptState, JobStatus } from '@reelay/core';

/** One accepted request, as the provider's own ledger tells it. Times in milliseconds. */
export interface ProviderRequest {
  readonly requestId: string;
  readonly job: string | null;
  readonly attempt: string | null;
  /** Order of acceptance, for requests of the same millisecond. */
  readonly sequence: number;
  readonly acceptedAtMs: number;
  readonly startedAtMs: number | null;
  readonly finishedAtMs: number | null;
  /** When a terminal answer first left the provider. */
  readonly toldAtMs: number | null;
  readonly httpStatus: number | null;
  readonly billedNanoUsd: bigint;
}

/** One of our attempts. */
export interface AuditedAttempt {
  readonly id: string;
  readonly jobId: string;
  readonly jobStatus: JobStatus;
  readonly state: AttemptState;
  readonly requestId: string | null;
  /** What is still set aside for it: 0 once its reservation was given back. */
  readonly reservedNanoUsd: bigint;
  readonly chargedNanoUsd: bigint | null;
  /** Other requests that the provider accepted for it. */
  readonly orphans?: readonly AuditedOrphan[];
}

export interface AuditedOrphan {
  readonly requestId: string;
  readonly state: 'open' | 'settled';
  readonly chargedNanoUsd: bigint | null;
}

export function isFinal({ state, requestId }: AuditedAttempt): boolean {
  return (state === 'succeeded' || state === 'failed') && requestId !== null;
}

/**
 * Maybe paid, and waiting for evidence, a person or the bill: unknown, declared lost, or accepted without an outcome that
 * could be had.
 */
export function isHeldAsUnknown({ state, jobStatus }: AuditedAttempt): boolean {
  const isGivenUp = jobStatus === 'needs_review' || jobStatus === 'failed';
  return state === 'unknown' || state === 'lost' || (state === 'accepted' && isGivenUp);
}

interface LedgerLine {
  readonly sequence: number;
  readonly request_id: string;
  readonly accepted_at: string;
  readonly started_at: string | null;
  readonly finished_at: string | null;
  readonly told_at: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly billed_nano_usd: number;
  readonly http_status: number | null;
}

/** From a line of fal-sim's ledger. */
export function providerRequestFrom(line: LedgerLine): ProviderRequest {
  return {
    requestId: line.request_id,
    job: line.tags.job ?? null,
    attempt: line.tags.attempt ?? null,
    sequence: line.sequence,
    acceptedAtMs: Date.parse(line.accepted_at),
    startedAtMs: line.started_at === null ? null : Date.parse(line.started_at),
    finishedAtMs: line.finished_at === null ? null : Date.parse(line.finished_at),
    toldAtMs: line.told_at === null ? null : Date.parse(line.told_at),
    httpStatus: line.http_status,
    billedNanoUsd: BigInt(line.billed_nano_usd),
  };
}
