/**
 * Defaults for all rows of a batch, by the names that columns have: input fields, `metadata.<key>`, and those of the row's
 * own fields that `row-fields.ts` says may have one. Text is read the way a cell is, because an upload's options arrive as text.
 */
import type { Model } from '../catalogue/model.ts';
import { closestName } from './closest-name.ts';
import { modelFields } from './model-fields.ts';
import { readCell } from './read-cell.ts';
import { checkMetadataCount, draftRow, notAsExpected, putField, putMetadata, type RowDraft } from './row-draft.ts';
import { isRowFieldName, ROW_FIELD_NAMES, ROW_FIELDS, type RowFieldName } from './row-fields.ts';
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
  const none: RowDefaults = { input: {}, maxAttempts: 1, metadata: {} };
  const draft = draftRow({ model, defaults: none, nowMs: 0 });
  putField(draft, 'priority', priority);
  putField(draft, 'retry.max_attempts', maxAttempts);
  if (callbackUrl !== null) putField(draft, 'callback_url', callbackUrl);
  const own = draft.problems.splice(0);
  for (const [name, value] of Object.entries(given.values)) putDefault(model, draft, name, value);
  checkMetadataCount(draft);
  const problems = [...own, ...draft.problems.map(underDefaults)];
  if (problems.length > 0) return { kind: 'invalid', problems };
  const { fields, input, metadata } = draft;
  return { kind: 'read', defaults: { ...fields, input, metadata: Object.fromEntries(metadata) } };
}

export type OverridesOutcome =
  | { readonly kind: 'read'; readonly input: Readonly<Record<string, unknown>> }
  | { readonly kind: 'invalid'; readonly problems: readonly RowProblem[] };

/** Values of input fields for all rows, whatever these say themselves; read as defaults are. */
export function readOverrides(model: Model, values: Readonly<Record<string, unknown>>): OverridesOutcome {
  const draft = draftRow({ model, defaults: { input: {}, maxAttempts: 1, metadata: {} }, nowMs: 0 });
  for (const [name, value] of Object.entries(values)) {
    if (modelFields(model).has(name)) putInputDefault(model, draft, name, value);
    else draft.problems.push(unknownOverride(name, value, modelFields(model).keys()));
  }
  if (draft.problems.length === 0) return { kind: 'read', input: draft.input };
  return {
    kind: 'invalid',
    problems: draft.problems.map((problem) => ({ ...problem, pointer: pointerTo('overrides', problem.column ?? '') })),
  };
}

function unknownOverride(name: string, value: unknown, known: Iterable<string>): RowProblem {
  const near = closestName(name, known);
  const suggestion = near === null ? '' : ` Did you mean "${near}"?`;
  const column = shownValue(name) ?? '';
  const message = `The model's input has no field "${column}" to override.${suggestion} Correct the name.`;
  return { column, pointer: pointerTo(name), code: 'unknown_field', value: shownValue(value), message };
}

function putDefault(model: Model, draft: RowDraft, name: string, value: unknown): void {
  if (modelFields(model).has(name)) putInputDefault(model, draft, name, value);
  else if (hasDefault(name)) putField(draft, name, readOwn(name, value), value);
  else if (name.startsWith('metadata.')) putMetadata(draft, name.slice('metadata.'.length), value);
  else draft.problems.push(unknownDefault(name, value, modelFields(model).keys()));
}

function hasDefault(name: string): name is RowFieldName {
  return isRowFieldName(name) && ROW_FIELDS[name].hasDefault;
}

function readOwn(name: RowFieldName, value: unknown): unknown {
  return typeof value === 'string' ? readCell(ROW_FIELDS[name].kind, value.trim()) : value;
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
  const own = ROW_FIELD_NAMES.filter(hasDefault);
  const near = closestName(name, [...known, ...own]);
  const suggestion = near === null ? '' : ` Did you mean "${near}"?`;
  const column = shownValue(name) ?? '';
  const message = `There is no column "${column}" to give a default for.${suggestion} Use an input field, ${own.join(', ')} or metadata.<key>.`;
  return { column, pointer: pointerTo(name), code: 'unknown_field', value: shownValue(value), message };
}

function underDefaults(problem: RowProblem): RowProblem {
  return { ...problem, pointer: pointerTo('defaults', problem.column ?? 'metadata') };
}
