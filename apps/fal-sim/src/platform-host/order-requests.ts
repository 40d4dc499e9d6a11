import type { Ledger } from '../ledger/ledger.ts';
import type { SimRequest } from '../sim-request.ts';
import type { PageCursor } from './page-cursor.ts';
import { durationMsOf } from './request-item.ts';

/** As things stood when paging began: unfinished ones first, newest first, then those that ended last or ran longest. */
export function orderRequests(
  ledger: Ledger,
  began: Pick<PageCursor, 'accepted' | 'finished'>,
  sortBy: 'ended_at' | 'duration',
): SimRequest[] {
  const finished = ledger.finished().slice(0, began.finished).reverse();
  if (sortBy === 'duration') finished.sort((one, other) => (durationMsOf(other) ?? 0) - (durationMsOf(one) ?? 0));
  const finishedSince = new Set(ledger.finished().slice(began.finished));
  const unfinished = ledger
    .requests()
    .slice(0, began.accepted)
    .filter((request) => !request.outcome || finishedSince.has(request));
  return [...unfinished.reverse(), ...finished];
}
