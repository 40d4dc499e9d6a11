import { groupBy } from './group-by.ts';
import type { ProviderRequest } from './inputs.ts';

const HTTP_OK = 200;

/**
 * Pairs of requests for the same job of which the second was not allowed: it was accepted before the provider had told
 * anybody how the first ended, or the first had not failed.
 */
export function findDoubleAcceptances(requests: readonly ProviderRequest[]): (readonly [string, string])[] {
  const byJob = groupBy(requests, ({ job }) => job);
  return [...byJob.values()].flatMap((ofJob) => {
    const inOrder = ofJob.toSorted((a, b) => a.acceptedAtMs - b.acceptedAtMs || a.sequence - b.sequence);
    return inOrder.flatMap((second, n) =>
      inOrder
        .slice(0, n)
        .filter((first) => !mayFollow(first, second))
        .map((first) => [first.requestId, second.requestId] as const),
    );
  });
}

function mayFollow(first: ProviderRequest, second: ProviderRequest): boolean {
  const failed = first.httpStatus !== HTTP_OK;
  const knownToHaveEnded = first.toldAtMs !== null && second.acceptedAtMs >= first.toldAtMs;
  return failed && knownToHaveEnded;
}
