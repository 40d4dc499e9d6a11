/**
 * Holds what the provider was asked for and paid against what we believe. Pure: the same judgement serves the demo and
 * the system tests. Whether a job was bought twice is told by the provider's ledger alone.
 */
import { findDoubleAcceptances } from './double-acceptances.ts';
import { type AuditedAttempt, isFinal, isHeldAsUnknown, type ProviderRequest } from './inputs.ts';
import { type Mismatch, reconcile } from './reconcile.ts';

export interface ProviderAudit {
  readonly provider: { readonly accepted: number; readonly acceptedTwice: number; readonly billedNanoUsd: bigint };
  /** Accepted requests that no job owns up to. */
  readonly withoutJob: readonly string[];
  readonly doubles: readonly (readonly [string, string])[];
  readonly mismatches: readonly Mismatch[];
  /** Attempts of which nobody knows whether they were paid: money that stays reserved for them, and what they did cost. */
  readonly unresolved: {
    readonly attempts: number;
    readonly reservedNanoUsd: bigint;
    readonly providerBilledNanoUsd: bigint;
  };
  /** How many attempts with a known outcome were compared. */
  readonly compared: number;
}

export function auditProvider(
  requests: readonly ProviderRequest[],
  attempts: readonly AuditedAttempt[],
): ProviderAudit {
  const held = attempts.filter(isHeldAsUnknown);
  const heldIds = new Set(held.map(({ id }) => id));
  const doubles = findDoubleAcceptances(requests);
  return {
    provider: { accepted: requests.length, acceptedTwice: doubles.length, billedNanoUsd: billOf(requests) },
    withoutJob: requests.filter(({ job }) => job === null).map(({ requestId }) => requestId),
    doubles,
    mismatches: reconcile(requests, attempts),
    unresolved: {
      attempts: held.length,
      reservedNanoUsd: held.reduce((sum, { reservedNanoUsd }) => sum + reservedNanoUsd, 0n),
      providerBilledNanoUsd: billOf(requests.filter(({ attempt }) => attempt !== null && heldIds.has(attempt))),
    },
    compared: attempts.filter(isFinal).length,
  };
}

function billOf(requests: readonly ProviderRequest[]): bigint {
  return requests.reduce((sum, { billedNanoUsd }) => sum + billedNanoUsd, 0n);
}
