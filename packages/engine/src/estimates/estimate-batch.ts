/** What inline rows would cost as a batch. Reads and stores nothing. */
import { parseRowObject } from '@reelay/core';
import type { Context } from '../context.ts';
import { type IntakeProblem, readTerms } from '../intake/batch-terms.ts';
import { callbackFaultOf } from '../intake/callback-fault.ts';
import { type BatchRequest, checkRowCount } from '../intake/create-batch.ts';
import { type EstimateView, estimateView } from './estimate-view.ts';
import { judgeRows } from './judge-rows.ts';
import { overridesOf } from './overrides-of.ts';

export interface BatchToEstimate extends Omit<BatchRequest, 'projectId' | 'apiKeyId' | 'beforeCommit'> {
  /** Input fields that every row takes, whatever it says. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
}

export type EstimateReport =
  | { readonly kind: 'estimated'; readonly estimate: EstimateView }
  | { readonly kind: 'invalid'; readonly problems: readonly IntakeProblem[] };

export function estimateBatch(context: Context, request: BatchToEstimate): EstimateReport {
  const terms = readTerms(context, request);
  if (terms.kind === 'invalid') return terms;
  const { model, defaults } = terms;
  const overrides = overridesOf(model, request.overrides);
  if (overrides.kind === 'invalid') return overrides;
  const miscounted = checkRowCount(request.rows.length);
  if (miscounted) return { kind: 'invalid', problems: [miscounted] };
  const nowMs = context.now();
  const plan = { model, defaults, nowMs, callbackFault: callbackFaultOf(context), ...overrides.plan };
  const rows = judgeRows(plan);
  for (const [i, value] of request.rows.entries()) rows.add(i + 1, parseRowObject(plan, value));
  return {
    kind: 'estimated',
    estimate: estimateView({ model, nowMs, terms: request, rows: rows.result(), facts: null }),
  };
}
