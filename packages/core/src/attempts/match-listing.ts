/**
 * Which of the requests that fal lists is the one of an attempt whose answer was lost. The input must be exactly what was
 * sent (the seed makes it a fingerprint), sent inside the attempt's window, and not bound to another attempt already.
 * Only a single match is evidence; absence never is.
 */
export interface ListedInput {
  readonly requestId: string;
  readonly sentAtMs: number | null;
  /** Null when fal keeps no input: such a request matches nothing. */
  readonly input: unknown;
}

export interface SentInput {
  readonly input: unknown;
  readonly fromMs: number;
  readonly toMs: number;
}

export type ListingMatch =
  | { readonly kind: 'none' }
  | { readonly kind: 'one'; readonly requestId: string }
  | { readonly kind: 'several'; readonly requestIds: readonly string[] };

export function matchListing(
  sent: SentInput,
  listed: readonly ListedInput[],
  bound: ReadonlySet<string>,
): ListingMatch {
  const wanted = canonical(sent.input);
  const matches = listed.filter(
    ({ requestId, sentAtMs, input }) =>
      !bound.has(requestId) &&
      input !== null &&
      (sentAtMs === null || (sentAtMs >= sent.fromMs && sentAtMs <= sent.toMs)) &&
      canonical(input) === wanted,
  );
  const requestIds = [...new Set(matches.map(({ requestId }) => requestId))];
  const [only] = requestIds;
  if (only === undefined) return { kind: 'none' };
  return requestIds.length === 1 ? { kind: 'one', requestId: only } : { kind: 'several', requestIds };
}

/** Equal for equal JSON values, whatever the order of their keys. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
