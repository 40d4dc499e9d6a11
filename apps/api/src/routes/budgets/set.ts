import { budgetListSchema, removeBudgetQuerySchema, setBudgetSchema } from '@reelay/contract';
import { removeBudget, setBudget } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { notFound } from '../../error-map.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { problems } from '../answers.ts';
import { nanoUsdOf } from '../money.ts';
import { scopeAnswer, scopeParams } from './read.ts';

export function putBudget(app: App, door: Door): void {
  const schema = {
    summary: "Set a project's or a key's limit for a period",
    description: 'Below what is spent already it stops further dispatch and takes nothing back.',
    tags: ['money'],
    headers: idempotentWrite,
    params: scopeParams,
    body: setBudgetSchema,
    response: { 200: budgetListSchema, ...problems },
  };
  app.put('/v1/budgets/:scope', { schema }, (request, reply) => {
    const target = { projectId: request.caller.projectId, scope: request.params.scope };
    const { limit, period } = request.body;
    const run = async () => {
      const set = await setBudget(door.context, { ...target, period, limitNanoUsd: nanoUsdOf(limit) });
      if (!set) throw notFound('budget');
      return scopeAnswer(door, target);
    };
    return answerOnce(door, request, reply, { status: 200, run });
  });
}

/** Answers with the limits that the scope still has. */
export function deleteBudget(app: App, door: Door): void {
  const schema = {
    summary: "Take away a project's or a key's limit for a period",
    tags: ['money'],
    params: scopeParams,
    querystring: removeBudgetQuerySchema,
    response: { 200: budgetListSchema, ...problems },
  };
  app.delete('/v1/budgets/:scope', { schema }, async ({ caller, params, query }) => {
    const target = { projectId: caller.projectId, scope: params.scope };
    if (!(await removeBudget(door.context, { ...target, period: query.period }))) throw notFound('budget');
    return scopeAnswer(door, target);
  });
}
