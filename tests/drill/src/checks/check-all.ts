import type { History } from '../history.ts';
import { checkAllStruck } from './all-struck.ts';
import { type Claim, claim } from './claim.ts';
import { checkNothingLost } from './nothing-lost.ts';
import { checkPaidOnce } from './paid-once.ts';

const CHECKS: Readonly<Record<string, (history: History) => Promise<Claim[]> | Claim[]>> = {
  'nothing lost': checkNothingLost,
  'paid once': checkPaidOnce,
  'all struck': checkAllStruck,
};

/** A check that cannot be made counts as failed. */
export async function checkAll(history: History): Promise<Claim[]> {
  const claims: Claim[] = [];
  for (const [name, check] of Object.entries(CHECKS)) {
    try {
      claims.push(...(await check(history)));
    } catch (error) {
      claims.push(
        claim(name, 'could be checked', '', [error instanceof Error ? (error.stack ?? error.message) : String(error)]),
      );
    }
  }
  return claims;
}
