/** How many attempts may be added now. */
import type { AccountRow, LaneSlots } from '@reelay/db';

/**
 * Unknown attempts hold at most half the slots, so that a fault cannot close the account by itself. While fal refuses us
 * only one attempt goes out at a time: it is the probe that tells whether fal takes requests again.
 */
export function freeSlots(account: AccountRow, held: readonly LaneSlots[]): number {
  const known = held.reduce((sum, lane) => sum + lane.held, 0);
  const unknown = held.reduce((sum, lane) => sum + lane.unknown, 0);
  const used = known + Math.min(unknown, Math.floor(account.in_flight_max / 2));
  const cap = account.refusals_in_row > 0 ? Math.min(1, account.in_flight_max) : account.in_flight_max;
  return Math.max(0, cap - used);
}
