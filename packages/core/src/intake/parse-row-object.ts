/**
 * One row as JSON, inline or a line of NDJSON, into a job's fields or into everything that is wrong with it. Never throws,
 * whatever the value is, and a row is either wholly accepted or wholly rejected.
 */
import { closestName } from './closest-name.ts';
import { finishRow } from './finish-row.ts';
import { draftRow, forbiddenCharacter, putField, putMetadata, type RowDraft } from './row-draft.ts';
import { ROW_FIELD_NAMES } from './row-fields.ts';
import type { RowOutcome, RowPlan } from './row-plan.ts';
import { isStorable, pointerTo, type RowProblem, shownValue } from './row-problem.ts';

const PLAIN_NAMES = ROW_FIELD_NAMES.filter((name) => !name.includes('.'));
const ROW_KEYS = [...PLAIN_NAMES, 'input', 'metadata', 'retry'];

/** `{input, metadata?, retry?: {max_attempts}, …}` and the row's other fields under their names. */
export function parseRowObject(plan: RowPlan, value: unknown): RowOutcome {
  if (!isObject(value)) {
    const problem = notAnObject('', 'The row', 'a JSON object with an "input"', value);
    return { kind: 'rejected', problems: [problem] };
  }
  const draft = draftRow(plan);
  draft.problems.push(...unknownKeys('', Object.keys(value), ROW_KEYS, value));
  for (const name of PLAIN_NAMES) {
    if (isGiven(value[name])) putField(draft, name, value[name]);
  }
  putRetry(draft, value.retry);
  putMetadataObject(draft, value.metadata);
  putInputObject(draft, value.input);
  return finishRow(plan, draft);
}

function putRetry(draft: RowDraft, retry: unknown): void {
  if (!isGiven(retry)) return;
  if (!isObject(retry)) {
    draft.problems.push(notAnObject('/retry', 'retry', 'an object like {"max_attempts": 3}', retry));
    return;
  }
  draft.problems.push(...unknownKeys('/retry', Object.keys(retry), ['max_attempts'], retry));
  if (isGiven(retry.max_attempts)) putField(draft, 'retry.max_attempts', retry.max_attempts);
}

function putMetadataObject(draft: RowDraft, metadata: unknown): void {
  if (!isGiven(metadata)) return;
  if (!isObject(metadata)) {
    draft.problems.push(notAnObject('/metadata', 'metadata', 'an object of texts', metadata));
    return;
  }
  for (const [key, value] of Object.entries(metadata)) putMetadata(draft, key, value);
}

function putInputObject(draft: RowDraft, input: unknown): void {
  if (!isObject(input)) {
    if (isGiven(input)) draft.problems.push(notAnObject('/input', 'input', "an object of the model's fields", input));
    return;
  }
  for (const [name, value] of Object.entries(input)) {
    if (isStorableValue(value) && isStorable(name)) {
      Object.defineProperty(draft.input, name, { value, enumerable: true, configurable: true, writable: true });
    } else {
      draft.problems.push(forbiddenCharacter(shownValue(name), pointerTo('input', name), value));
    }
  }
}

/** No model takes anything nested as deeply as this. */
const DEPTH_MAX = 32;

function isStorableValue(value: unknown, depth = 0): boolean {
  if (typeof value === 'string') return isStorable(value);
  if (typeof value !== 'object' || value === null) return true;
  if (depth > DEPTH_MAX) return false;
  return Object.entries(value).every(([key, inner]) => isStorable(key) && isStorableValue(inner, depth + 1));
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isGiven(value: unknown): value is NonNullable<unknown> {
  return value !== undefined && value !== null;
}

function notAnObject(pointer: string, what: string, expectation: string, value: unknown): RowProblem {
  const column = pointer === '' ? null : pointer.slice(1);
  const message = `${what} must be ${expectation}. Correct it.`;
  return { column, pointer, code: 'not_an_object', value: shownValue(value), message };
}

function unknownKeys(
  at: string,
  keys: readonly string[],
  known: readonly string[],
  row: Readonly<Record<string, unknown>>,
): RowProblem[] {
  return keys
    .filter((key) => !known.includes(key))
    .map((key) => {
      const near = closestName(key, known);
      const suggestion = near === null ? '' : ` Did you mean "${near}"?`;
      const column = shownValue(key) ?? '';
      const hint = suggestion === '' && at === '' ? ' Fields of the model belong under "input".' : suggestion;
      const message = `A row has no field "${column}".${hint} Correct the name, or remove the field.`;
      return { column, pointer: at + pointerTo(key), code: 'unknown_field', value: shownValue(row[key]), message };
    });
}
