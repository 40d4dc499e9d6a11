/**
 * What a project is told of its money: once per window each time a budget reaches a threshold, and whenever a lane stops
 * for want of money. Written in the dispatch that saw it.
 */
import type { Shortage } from '@reelay/core';
import { appendEvent, type CrossedBudget, type LaneRow, markThresholds, readBudgetsOf, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import { usd } from '../reads/views.ts';
import { budgetView } from './budget-view.ts';

type Teller = Pick<Context, 'now' | 'log'>;

/** Of a jump over two thresholds the higher one is told. The deployment's is nobody's event and goes to the log. */
export async function tellThresholds(context: Teller, tx: Tx, scopes: readonly string[]): Promise<void> {
  for (const crossed of await markThresholds(tx, scopes)) await tellThreshold(context, tx, crossed);
}

async function tellThreshold(context: Teller, tx: Tx, crossed: CrossedBudget): Promise<void> {
  const { scope, period, alerted_percent: percent, project_id: projectId } = crossed;
  context.log.warn({ scope, period, percent }, 'a budget has reached a threshold');
  if (projectId === null) return;
  const data = { ...budgetView(crossed), percent };
  await appendEvent(tx, { id: newId(context, 'event'), projectId, type: 'budget.threshold', subjectId: scope, data });
}

export async function tellExhausted(context: Teller, tx: Tx, lane: LaneRow, shortage: Shortage): Promise<void> {
  const { scope, period, neededNanoUsd } = shortage;
  const { project_id: projectId, batch_id } = lane;
  context.log.warn({ scope, period, projectId, batchId: batch_id }, 'stopped for want of money');
  const budget = (await readBudgetsOf(tx, projectId, scope)).find((one) => one.period === period);
  if (!budget) return;
  const data = { ...budgetView(budget), needed: usd(neededNanoUsd), batch_id };
  await appendEvent(tx, { id: newId(context, 'event'), projectId, type: 'budget.exhausted', subjectId: scope, data });
}
