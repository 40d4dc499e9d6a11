import { groupBy } from './group-by.ts';
import { type AuditedAttempt, isFinal, isHeldAsUnknown, type ProviderRequest } from './inputs.ts';

export type Mismatch =
  /** We hold an outcome for a request that the provider never accepted. */
  | { readonly kind: 'not_at_provider'; readonly attemptId: string; readonly requestId: string }
  | {
      readonly kind: 'charge_differs';
      readonly attemptId: string;
      readonly requestId: string;
      readonly chargedNanoUsd: bigint;
      readonly billedNanoUsd: bigint;
    }
  /** The provider was paid for something that we neither charge nor hold money for. */
  | {
      readonly kind: 'billed_unseen';
      readonly requestId: string;
      readonly attemptId: string | null;
      readonly billedNanoUsd: bigint;
    }
  | {
      readonly kind: 'billed_above_reservation';
      readonly attemptId: string;
      readonly billedNanoUsd: bigint;
      readonly reservedNanoUsd: bigint;
    };

/**
 * Every known outcome is charged as the provider billed it, to the nano-dollar; everything else that the provider billed
 * belongs to an attempt that we hold money for and is covered by what is reserved for it. Empty when that is so.
 */
export function reconcile(requests: readonly ProviderRequest[], attempts: readonly AuditedAttempt[]): Mismatch[] {
  const settled = attempts.flatMap(settledOf);
  const settledIds = new Set(settled.map(({ requestId }) => requestId));
  const unsettled = requests.filter(({ requestId, billedNanoUsd }) => billedNanoUsd > 0n && !settledIds.has(requestId));
  return [...compareCharges(requests, settled), ...compareHeld(unsettled, attempts)];
}

interface Settled {
  readonly attemptId: string;
  readonly requestId: string;
  readonly chargedNanoUsd: bigint;
}

/**
 * The requests of an attempt whose outcome is known, or whose bill is: its own, and others that the provider accepted for
 * it.
 */
function settledOf(attempt: AuditedAttempt): Settled[] {
  const { id: attemptId, requestId, chargedNanoUsd, orphans = [] } = attempt;
  const isKnown = isFinal(attempt) || (isHeldAsUnknown(attempt) && chargedNanoUsd !== null);
  const own = requestId !== null && isKnown ? [{ requestId, chargedNanoUsd }] : [];
  const others = orphans.filter(({ state }) => state === 'settled');
  return [...own, ...others].map((one) => ({
    attemptId,
    requestId: one.requestId,
    chargedNanoUsd: one.chargedNanoUsd ?? 0n,
  }));
}

function compareCharges(requests: readonly ProviderRequest[], settled: readonly Settled[]): Mismatch[] {
  const byId = new Map(requests.map((request) => [request.requestId, request]));
  return settled.flatMap(({ attemptId, requestId, chargedNanoUsd }): Mismatch[] => {
    const request = byId.get(requestId);
    if (!request) return [{ kind: 'not_at_provider', attemptId, requestId }];
    const { billedNanoUsd } = request;
    if (chargedNanoUsd === billedNanoUsd) return [];
    return [{ kind: 'charge_differs', attemptId, requestId, chargedNanoUsd, billedNanoUsd }];
  });
}

function compareHeld(unsettled: readonly ProviderRequest[], attempts: readonly AuditedAttempt[]): Mismatch[] {
  const held = new Map(attempts.filter(isHeldAsUnknown).map((attempt) => [attempt.id, attempt]));
  const unseen = unsettled.filter(({ attempt }) => attempt === null || !held.has(attempt));
  const bills = groupBy(unsettled, ({ attempt }) => attempt);
  return [
    ...unseen.map(
      ({ requestId, attempt, billedNanoUsd }): Mismatch => ({
        kind: 'billed_unseen',
        requestId,
        attemptId: attempt,
        billedNanoUsd,
      }),
    ),
    ...[...held.values()].flatMap(({ id: attemptId, reservedNanoUsd, chargedNanoUsd }): Mismatch[] => {
      const billedNanoUsd = (bills.get(attemptId) ?? []).reduce((sum, bill) => sum + bill.billedNanoUsd, 0n);
      // Charged by assumption when its bill did not come.
      if (billedNanoUsd <= reservedNanoUsd + (chargedNanoUsd ?? 0n)) return [];
      return [{ kind: 'billed_above_reservation', attemptId, billedNanoUsd, reservedNanoUsd }];
    }),
  ];
}
