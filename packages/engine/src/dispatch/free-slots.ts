/** How many attempts may be added now. */
import type { AccountRow, LaneSlots } from '@reelay/db';

/**
 * Unknown attempts hold at most half the slots, so that a fault cannot close the account by itself. While fal refuses us
 * one attempt goes out at a time, beside what runs already: it is the probe that tells whether fal takes requests again.
 */
export function freeSlots(account: AccountRow, held: readonly LaneSlots[]): number {
  const sum = (count: (lane: LaneSlots) => number) => held.reduce((total, lane) => total + count(lane), 0);
  const unknown = Math.min(
    sum((lane) => lane.unknown),
    Math.floor(account.in_flight_max / 2),
  );
  const free = Math.max(0, account.in_flight_max - sum((lane) => lane.held) - unknown);
  if (account.refusals_in_row === 0) return free;
  return sum((lane) => lane.unsent) === 0 ? Math.min(1, free) : 0;
}
