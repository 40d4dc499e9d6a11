import { readBudgetsOf } from '@reelay/db';
import type { Context } from '../context.ts';
import { type BudgetView, budgetView } from './budget-view.ts';
import { findScope } from './scope-name.ts';

export interface BudgetTarget {
  readonly projectId: string;
  /** `project`, or `key:` and the id of one of its keys. */
  readonly scope: string;
}

/** Every limit around the project's jobs but their batches' caps. */
export async function listBudgets(context: Pick<Context, 'db'>, projectId: string): Promise<BudgetView[]> {
  return (await readBudgetsOf(context.db.prisma, projectId, null)).map(budgetView);
}

/** The limits of one scope, at most one a period; null when the project has no such scope. */
export async function getBudget(context: Pick<Context, 'db'>, target: BudgetTarget): Promise<BudgetView[] | null> {
  const scope = await findScope(context, target.projectId, target.scope);
  if (scope === null) return null;
  return (await readBudgetsOf(context.db.prisma, target.projectId, scope)).map(budgetView);
}
