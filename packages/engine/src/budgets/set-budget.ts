/**
 * Setting and removing the limits of a project and its keys. Under the account's lock: no reservation is planned by the old
 * limit and written under the new one, and a first limit begins with exactly what the ledger says was spent. A limit below
 * what is spent is allowed: it stops further dispatch and takes nothing back.
 */
import type { BudgetPeriod, NanoUsd } from '@reelay/core';
import { foldLedger, inTransaction, lockAccount, readMoment, removeLimit, rollBudgets, setLimit } from '@reelay/db';
import type { Context } from '../context.ts';
import type { BudgetTarget } from './list-budgets.ts';
import { findScope } from './scope-name.ts';

export interface BudgetChange extends BudgetTarget {
  readonly period: BudgetPeriod;
  readonly limitNanoUsd: NanoUsd;
}

/** False when the project has no such scope. */
export async function setBudget(context: Pick<Context, 'db' | 'log'>, change: BudgetChange): Promise<boolean> {
  const { projectId, period, limitNanoUsd } = change;
  const scope = await findScope(context, projectId, change.scope);
  if (scope === null) return false;
  await inTransaction(context.db, async (tx) => {
    await lockAccount(tx);
    await foldLedger(tx);
    const moment = await readMoment(tx);
    await rollBudgets(tx, moment);
    await setLimit(tx, { scope, period, projectId, limitNanoUsd }, moment.at);
  });
  context.log.info({ scope, period, limitNanoUsd: String(limitNanoUsd) }, 'budget set');
  return true;
}

/** False when there was no such limit. */
export async function removeBudget(
  context: Pick<Context, 'db' | 'log'>,
  target: BudgetTarget & { readonly period: BudgetPeriod },
): Promise<boolean> {
  const scope = await findScope(context, target.projectId, target.scope);
  if (scope === null) return false;
  const { period } = target;
  const removed = await inTransaction(context.db, async (tx) => {
    await lockAccount(tx);
    return removeLimit(tx, { scope, period });
  });
  if (removed) context.log.info({ scope, period }, 'budget removed');
  return removed;
}
