import type { History } from '../history.ts';
import { checkAllStruck } from './all-struck.ts';
import { checkAnswers } from './answers.ts';
import { type Claim, claim } from './claim.ts';
import { checkDrained } from './drained.ts';
import { checkImmutable } from './immutable.ts';
import { checkLimits } from './limits.ts';
import { checkNothingLost } from './nothing-lost.ts';
import { checkPaidOnce } from './paid-once.ts';
import { checkProcesses } from './processes.ts';
import { checkSecrets } from './secrets.ts';
import { checkTenants } from './tenants.ts';
import { checkTold } from './told.ts';
import { checkUnknowns } from './unknowns.ts';

const CHECKS: Readonly<Record<string, (history: History) => Promise<Claim[]> | Claim[]>> = {
  'nothing lost': checkNothingLost,
  'paid once': checkPaidOnce,
  told: checkTold,
  unknowns: checkUnknowns,
  immutable: checkImmutable,
  drained: checkDrained,
  limits: checkLimits,
  tenants: checkTenants,
  answers: checkAnswers,
  processes: checkProcesses,
  'all struck': checkAllStruck,
  // The last: it reads the logs that all others may have added to.
  secrets: checkSecrets,
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
