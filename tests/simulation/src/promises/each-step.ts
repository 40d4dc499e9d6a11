/** What holds between any two steps. Each promise names itself and says what broke it. */
import type { World } from '../world.ts';
import {
  attemptsMoveAsAllowed,
  closedMeansClosed,
  jobsAndAttemptsAgree,
  oneLiveAttempt,
  outcomesStay,
} from './jobs-and-attempts.ts';
import type { Look } from './look.ts';
import { limitsHold, moneyFollowsState, slotsHold } from './money-and-slots.ts';
import {
  lostIsSomebodysWord,
  nothingIsSentWhenForbidden,
  outagesStayBounded,
  requestsBelong,
  requestsHaveOnePlace,
} from './sending-and-evidence.ts';

type Check = (world: World, before: Look, now: Look) => void;

const CHECKS: readonly Check[] = [
  outcomesStay,
  attemptsMoveAsAllowed,
  oneLiveAttempt,
  jobsAndAttemptsAgree,
  moneyFollowsState,
  limitsHold,
  slotsHold,
  closedMeansClosed,
  nothingIsSentWhenForbidden,
  outagesStayBounded,
  requestsBelong,
  requestsHaveOnePlace,
  lostIsSomebodysWord,
];

export function checkStep(world: World, before: Look, now: Look): void {
  for (const check of CHECKS) check(world, before, now);
}
