/** A row while it is being read: values under their defaults, and everything found wrong so far. */
import type { Model } from '../catalogue/model.ts';
import { modelFields } from './model-fields.ts';
import { ROW_FIELDS, type RowFieldName, type RowFields } from './row-fields.ts';
import type { RowPlan } from './row-plan.ts';
import { isStorable, pointerTo, type RowProblem, shownValue } from './row-problem.ts';

export const METADATA_KEYS_MAX = 16;
export const METADATA_VALUE_MAX = 512;

export interface RowDraft {
  readonly fields: RowFields;
  readonly input: Record<string, unknown>;
  readonly metadata: Map<string, string>;
  readonly problems: RowProblem[];
}

export function draftRow({ defaults }: RowPlan): RowDraft {
  const { priority, maxCostNanoUsd, maxAttempts, callbackUrl } = defaults;
  return {
    fields: { customId: null, outputName: null, priority, maxCostNanoUsd, maxAttempts, callbackUrl },
    input: { ...defaults.input },
    metadata: new Map(Object.entries(defaults.metadata)),
    problems: [],
  };
}

/** `shown` is what the person wrote, where reading it has already changed it. */
export function putField(draft: RowDraft, name: RowFieldName, value: unknown, shown: unknown = value): void {
  const { put, code, expectation } = ROW_FIELDS[name];
  const isText = typeof value === 'string';
  if ((!isText || isStorable(value)) && put(draft.fields, value)) return;
  const place = pointerTo(...name.split('.'));
  draft.problems.push(
    isText && !isStorable(value)
      ? forbiddenCharacter(name, place, value)
      : notAsExpected(name, place, code, expectation, shown, 'Correct it, or leave it out.'),
  );
}

export function putMetadata(draft: RowDraft, key: string, value: unknown, keyMax: number): void {
  const column = `metadata.${shownValue(key)}`;
  const place = pointerTo('metadata', key);
  if (!isStorable(key) || (typeof value === 'string' && !isStorable(value))) {
    draft.problems.push(forbiddenCharacter(column, place, value));
  } else if (key === '' || key.length > keyMax || typeof value !== 'string' || value.length > METADATA_VALUE_MAX) {
    const expectation = `text of at most ${METADATA_VALUE_MAX} characters under a key of 1 to ${keyMax}`;
    draft.problems.push(notAsExpected(column, place, 'invalid_metadata', expectation, value, 'Shorten or correct it.'));
  } else {
    draft.metadata.set(key, value);
  }
}

export function checkMetadataCount(draft: RowDraft): void {
  if (draft.metadata.size <= METADATA_KEYS_MAX) return;
  draft.problems.push({
    column: null,
    pointer: '/metadata',
    code: 'too_many_metadata_keys',
    value: String(draft.metadata.size),
    message: `The row has ${draft.metadata.size} metadata keys; at most ${METADATA_KEYS_MAX} are kept. Remove some.`,
  });
}

export function notAsExpected(
  column: string,
  pointer: string,
  code: string,
  expectation: string,
  value: unknown,
  remedy: string,
): RowProblem {
  const shown = shownValue(value);
  return {
    column,
    pointer,
    code,
    value: shown,
    message: `${column} must be ${expectation}, not ${quoted(value)}. ${remedy}`,
  };
}

export function forbiddenCharacter(column: string | null, pointer: string, value: unknown): RowProblem {
  const where = column ?? 'The row';
  return {
    column,
    pointer,
    code: 'forbidden_character',
    value: shownValue(value),
    message: `${where} contains a NUL character or half of a surrogate pair, which can't be stored. Remove that character.`,
  };
}

/** Correct-it text that knows the field's default. */
export function inputRemedy(model: Model, name: string): string {
  const field = modelFields(model).get(name);
  if (!field || field.required) return 'Correct it.';
  if (field.defaultText === null) return 'Correct it, or leave it empty.';
  return `Correct it, or leave it empty for the default (${field.defaultText}).`;
}

const QUOTED_MAX = 60;

function quoted(value: unknown): string {
  const shown = shownValue(value) ?? 'nothing';
  const text = shown.length > QUOTED_MAX ? `${shown.slice(0, QUOTED_MAX - 1)}…` : shown;
  return typeof value === 'string' ? `"${text}"` : text;
}
