/** The last part of reading a row, the same for cells and JSON: the model's schema, the price, the row's own limit. */
import type { z } from 'zod';
import { formatUsd } from '../money/nano-usd.ts';
import { quote } from '../pricing/price.ts';
import { blockedCallback } from './blocked-callback.ts';
import { closestName } from './closest-name.ts';
import { inputRemedy, type ModelField, modelFields } from './model-fields.ts';
import { checkMetadataCount, notAsExpected, type RowDraft } from './row-draft.ts';
import type { RowOutcome, RowPlan } from './row-plan.ts';
import { pointerTo, type RowProblem, shownValue } from './row-problem.ts';

export function finishRow(plan: RowPlan, draft: RowDraft): RowOutcome {
  checkMetadataCount(draft);
  checkCallback(plan, draft);
  const parsed = plan.model.input.safeParse(plan.overrides ? { ...draft.input, ...plan.overrides } : draft.input);
  if (!parsed.success) addIssues(plan, draft, parsed.error.issues);
  if (draft.problems.length > 0 || !parsed.success) return { kind: 'rejected', problems: draft.problems };
  const { costNanoUsd, priceVersion } = quote(plan.model, parsed.data, plan.nowMs);
  const { maxCostNanoUsd } = draft.fields;
  if (maxCostNanoUsd !== null && costNanoUsd > maxCostNanoUsd) {
    return { kind: 'rejected', problems: [tooDear(formatUsd(costNanoUsd), formatUsd(maxCostNanoUsd))] };
  }
  const metadata = Object.fromEntries(draft.metadata);
  return {
    kind: 'job',
    row: { ...draft.fields, input: parsed.data, metadata, estimatedNanoUsd: costNanoUsd, priceVersion },
  };
}

function checkCallback({ callbackFault }: RowPlan, { fields, problems }: RowDraft): void {
  const { callbackUrl } = fields;
  if (callbackUrl === null || callbackFault === undefined) return;
  const reason = callbackFault(callbackUrl);
  if (reason !== null) problems.push(blockedCallback(callbackUrl, reason));
}

/** One problem per field: the first that the schema names, and none where reading the field already failed. */
function addIssues({ model }: RowPlan, draft: RowDraft, issues: readonly z.core.$ZodIssue[]): void {
  const told = new Set(draft.problems.map(({ pointer }) => pointer));
  for (const issue of issues) {
    const names = issue.code === 'unrecognized_keys' ? issue.keys : [String(issue.path[0] ?? '')];
    for (const name of names) {
      const pointer = pointerTo('input', name);
      if (told.has(pointer)) continue;
      told.add(pointer);
      const field = modelFields(model).get(name);
      const problem = field
        ? fieldProblem(field, issue, draft.input[name])
        : unknownField(name, draft.input[name], modelFields(model).keys());
      draft.problems.push(problem);
    }
  }
}

function fieldProblem(field: ModelField, issue: z.core.$ZodIssue, value: unknown): RowProblem {
  const { name: column, expectation } = field;
  const pointer = pointerTo('input', column);
  if (value === undefined || (field.required && typeof value === 'string' && value.trim() === '')) {
    const message = `${column} is empty, and every row needs it. Fill it in: it must be ${expectation}.`;
    return { column, pointer, code: 'required', value: shownValue(value), message };
  }
  return notAsExpected({
    column,
    pointer,
    code: issueCode(issue, field),
    expectation,
    value,
    remedy: inputRemedy(field),
  });
}

const WRONG_TYPE = { integer: 'not_an_integer', number: 'not_a_number', boolean: 'not_a_boolean', text: 'not_text' };

export function wrongTypeCode(field: ModelField): string {
  return WRONG_TYPE[field.kind];
}

function issueCode(issue: z.core.$ZodIssue, field: ModelField): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongTypeCode(field);
    case 'invalid_value':
      return 'not_an_option';
    case 'invalid_format':
      return issue.format === 'url' ? 'invalid_url' : 'invalid_format';
    case 'too_big':
      return field.kind === 'text' ? 'too_long' : 'out_of_range';
    case 'too_small':
      return field.kind === 'text' ? 'too_short' : 'out_of_range';
    default:
      return 'invalid';
  }
}

function unknownField(name: string, value: unknown, known: Iterable<string>): RowProblem {
  const pointer = pointerTo('input', name);
  const near = closestName(name, known);
  const suggestion = near === null ? '' : ` Did you mean "${near}"?`;
  const column = shownValue(name) ?? '';
  const message = `The model's input has no field "${column}".${suggestion} Correct the name, or remove the field.`;
  return { column, pointer, code: 'unknown_field', value: shownValue(value), message };
}

function tooDear(cost: string, maxCost: string): RowProblem {
  return {
    column: 'max_cost',
    pointer: '/max_cost',
    code: 'max_cost_exceeded',
    value: maxCost,
    message: `The row costs $${cost} at list price, more than its max_cost of $${maxCost}. Raise max_cost, or ask for less (fewer frames, a lower resolution).`,
  };
}
