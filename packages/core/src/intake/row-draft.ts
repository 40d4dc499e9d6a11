/** A row while it is being read: values under their defaults, and everything found wrong so far. */
import { NO_ROW_FIELDS, ROW_FIELDS, type RowFieldName, type RowFields } from './row-fields.ts';
import type { RowPlan } from './row-plan.ts';
import { isStorable, pointerTo, type RowProblem, shownValue } from './row-problem.ts';

export const METADATA_KEYS_MAX = 16;
export const METADATA_KEY_MAX = 64;
export const METADATA_VALUE_MAX = 512;

export interface RowDraft {
  readonly fields: RowFields;
  readonly input: Record<string, unknown>;
  readonly metadata: Map<string, string>;
  readonly problems: RowProblem[];
}

export function draftRow({ defaults }: RowPlan): RowDraft {
  const { input, metadata, ...fields } = defaults;
  return {
    fields: { ...NO_ROW_FIELDS, ...fields },
    input: { ...input },
    metadata: new Map(Object.entries(metadata)),
    problems: [],
  };
}

/** `shown` is what the person wrote, where reading it has already changed it. */
export function putField(draft: RowDraft, column: RowFieldName, value: unknown, shown: unknown = value): void {
  const { put, code, expectation } = ROW_FIELDS[column];
  const isText = typeof value === 'string';
  if ((!isText || isStorable(value)) && put(draft.fields, value)) return;
  const pointer = pointerToField(column);
  const remedy = 'Correct it, or leave it out.';
  draft.problems.push(
    isText && !isStorable(value)
      ? forbiddenCharacter(column, pointer, value)
      : notAsExpected({ column, pointer, code, expectation, value: shown, remedy }),
  );
}

/** A field with a point in its name lies inside an object. */
export function pointerToField(name: RowFieldName): string {
  return pointerTo(...name.split('.'));
}

export function putMetadata(draft: RowDraft, key: string, value: unknown): void {
  const isGood = isStorable(key) && (typeof value !== 'string' || isStorable(value));
  const isKey = key !== '' && key.length <= METADATA_KEY_MAX;
  if (isGood && isKey && typeof value === 'string' && value.length <= METADATA_VALUE_MAX) {
    draft.metadata.set(key, value);
    return;
  }
  const column = `metadata.${shownValue(key)}`;
  const pointer = pointerTo('metadata', key);
  const expectation = `text of at most ${METADATA_VALUE_MAX} characters under a key of 1 to ${METADATA_KEY_MAX}`;
  const remedy = 'Shorten or correct it.';
  draft.problems.push(
    isGood
      ? notAsExpected({ column, pointer, code: 'invalid_metadata', expectation, value, remedy })
      : forbiddenCharacter(column, pointer, value),
  );
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

export interface Unexpected {
  readonly column: string;
  readonly pointer: string;
  readonly code: string;
  /** Completes "must be …". */
  readonly expectation: string;
  readonly value: unknown;
  readonly remedy: string;
}

export function notAsExpected({ column, pointer, code, expectation, value, remedy }: Unexpected): RowProblem {
  const message = `${column} must be ${expectation}, not ${quoted(value)}. ${remedy}`;
  return { column, pointer, code, value: shownValue(value), message };
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

const QUOTED_MAX = 60;

function quoted(value: unknown): string {
  const shown = shownValue(value) ?? 'nothing';
  const text = shown.length > QUOTED_MAX ? `${shown.slice(0, QUOTED_MAX - 1)}…` : shown;
  return typeof value === 'string' ? `"${text}"` : text;
}
