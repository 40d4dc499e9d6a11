/**
 * Defaults for all rows of a batch, by the names that columns have: input fields, `priority`, `max_cost` and
 * `metadata.<key>`. Text is read the way a cell is, because an upload's options arrive as text.
 */
import type { Model } from '../catalogue/model.ts';
import { closestName } from './closest-name.ts';
import { modelFields } from './model-fields.ts';
import { readCell } from './read-cell.ts';
import { checkMetadataCount, draftRow, notAsExpected, putField, putMetadata, type RowDraft } from './row-draft.ts';
import type { RowDefaults } from './row-plan.ts';
import { isStorable, pointerTo, type RowProblem, shownValue } from './row-problem.ts';

export interface BatchDefaults {
  readonly values: Readonly<Record<string, unknown>>;
  readonly priority?: number | undefined;
  readonly maxAttempts: number;
  readonly callbackUrl?: string | null | undefined;
}

export type DefaultsOutcome =
  | { readonly kind: 'read'; readonly defaults: RowDefaults }
  | { readonly kind: 'invalid'; readonly problems: readonly RowProblem[] };

export function readDefaults(model: Model, given: BatchDefaults): DefaultsOutcome {
  const { priority = 0, maxAttempts, callbackUrl = null } = given;
  const none: RowDefaults = {
    input: {},
    priority: 0,
    maxCostNanoUsd: null,
    maxAttempts: 1,
    callbackUrl: null,
    metadata: {},
  };
  const draft = draftRow({ model, defaults: none, nowMs: 0 });
  putField(draft, 'priority', priority);
  putField(draft, 'retry.max_attempts', maxAttempts);
  if (callbackUrl !== null) putField(draft, 'callback_url', callbackUrl);
  const own = draft.problems.splice(0);
  for (const [name, value] of Object.entries(given.values)) putDefault(model, draft, name, value);
  checkMetadataCount(draft);
  const problems = [...own, ...draft.problems.map(underDefaults)];
  if (problems.length > 0) return { kind: 'invalid', problems };
  const { customId: _, outputName: __, ...fields } = draft.fields;
  return { kind: 'read', defaults: { ...fields, input: draft.input, metadata: Object.fromEntries(draft.metadata) } };
}

function putDefault(model: Model, draft: RowDraft, name: string, value: unknown): void {
  if (modelFields(model).has(name)) putInputDefault(model, draft, name, value);
  else if (name === 'priority') {
    putField(draft, name, typeof value === 'string' ? readCell('integer', value) : value, value);
  } else if (name === 'max_cost') putField(draft, name, value);
  else if (name.startsWith('metadata.')) putMetadata(draft, name.slice('metadata.'.length), value);
  else draft.problems.push(unknownDefault(name, value, modelFields(model).keys()));
}

function putInputDefault(model: Model, draft: RowDraft, name: string, value: unknown): void {
  const field = modelFields(model).get(name);
  const schema = model.input.shape[name];
  if (!field || !schema) return;
  const read = typeof value === 'string' ? readCell(field.kind, value) : value;
  if (read !== undefined && schema.safeParse(read).success && (typeof read !== 'string' || isStorable(read))) {
    draft.input[name] = read;
    return;
  }
  const { expectation } = field;
  const remedy = 'Correct it, or remove it.';
  const pointer = pointerTo(name);
  draft.problems.push(notAsExpected({ column: name, pointer, code: 'invalid_default', expectation, value, remedy }));
}

function unknownDefault(name: string, value: unknown, known: Iterable<string>): RowProblem {
  const near = closestName(name, [...known, 'priority', 'max_cost']);
  const suggestion = near === null ? '' : ` Did you mean "${near}"?`;
  const column = shownValue(name) ?? '';
  const message = `There is no column "${column}" to give a default for.${suggestion} Use an input field, priority, max_cost or metadata.<key>.`;
  return { column, pointer: pointerTo(name), code: 'unknown_field', value: shownValue(value), message };
}

function underDefaults(problem: RowProblem): RowProblem {
  return { ...problem, pointer: pointerTo('defaults', problem.column ?? 'metadata') };
}
