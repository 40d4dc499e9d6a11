import { budgetListSchema } from '@reelay/contract';
import { type BudgetTarget, type BudgetView, getBudget, listBudgets } from '@reelay/engine';
import { z } from 'zod';
import type { App, Door } from '../../app.ts';
import { notFound } from '../../error-map.ts';
import { problems } from '../answers.ts';

export const scopeParams = z.object({
  scope: z.string().meta({ description: 'project, or key:{id} for one of its API keys.' }),
});

export function getBudgets(app: App, { context }: Door): void {
  const schema = {
    summary: 'List the limits on what may be spent',
    tags: ['money'],
    response: { 200: budgetListSchema, ...problems },
  };
  app.get('/v1/budgets', { schema }, async ({ caller }) => listOf(await listBudgets(context, caller.projectId)));
}

export function getOneBudget(app: App, door: Door): void {
  const schema = {
    summary: "Get a project's or a key's limits, one a period at most",
    tags: ['money'],
    params: scopeParams,
    response: { 200: budgetListSchema, ...problems },
  };
  app.get('/v1/budgets/:scope', { schema }, ({ caller, params }) =>
    scopeAnswer(door, { projectId: caller.projectId, scope: params.scope }),
  );
}

/** All limits of a scope. */
export async function scopeAnswer({ context }: Door, target: BudgetTarget) {
  const limits = await getBudget(context, target);
  if (limits === null) throw notFound('budget');
  return listOf(limits);
}

/** Budgets are few and not paged. */
function listOf(data: BudgetView[]) {
  return { object: 'list' as const, data, has_more: false, first_id: null, last_id: null };
}
