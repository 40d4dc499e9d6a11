/**
 * One row, from cells or from a JSON object, into a job's fields or into everything that is wrong with it. Never throws,
 * whatever the row holds, and a row is either wholly accepted or wholly rejected.
 */
import { closestName } from './closest-name.ts';
import { type Column, METADATA_KEY_MAX, targetOf } from './columns.ts';
import { finishRow, wrongTypeCode } from './finish-row.ts';
import { type FieldKind, modelFields } from './model-fields.ts';
import { readCell } from './read-cell.ts';
import {
  draftRow,
  forbiddenCharacter,
  inputRemedy,
  notAsExpected,
  putField,
  putMetadata,
  type RowDraft,
} from './row-draft.ts';
import type { RowOutcome, RowPlan } from './row-plan.ts';
import { isStorable, pointerTo, type RowProblem, shownValue } from './row-problem.ts';

export const CELL_LENGTH_MAX = 65_536;

/** An empty cell means: use the default. */
export function parseCells(plan: RowPlan, columns: readonly Column[], cells: readonly string[]): RowOutcome {
  if (cells.length !== columns.length) return rejected(wrongCellCount(cells.length, columns.length));
  const draft = draftRow(plan);
  for (const [i, column] of columns.entries()) {
    const cell = cells[i] ?? '';
    if (cell.length > CELL_LENGTH_MAX) draft.problems.push(cellTooLarge(column, cell));
    else if (!isStorable(cell)) draft.problems.push(forbiddenCharacter(column.header, placeOf(column), cell));
    else if (cell.trim() !== '') putCell(plan, draft, column, cell);
  }
  return inFileWords(finishRow(plan, draft), columns);
}

/** A mapped column is known to the person by the file's own header. */
function inFileWords(outcome: RowOutcome, columns: readonly Column[]): RowOutcome {
  if (outcome.kind === 'job') return outcome;
  const headers = new Map(columns.map((column) => [targetOf(column), column.header]));
  const problems = outcome.problems.map((problem) => ({
    ...problem,
    column: headers.get(problem.column ?? '') ?? problem.column,
  }));
  return { kind: 'rejected', problems };
}

function placeOf(column: Column): string {
  if (column.kind === 'input' || column.kind === 'metadata') return pointerTo(column.kind, column.name);
  return pointerTo(column.kind === 'ignored' ? column.header : column.kind);
}

function putCell(plan: RowPlan, draft: RowDraft, column: Column, cell: string): void {
  if (column.kind === 'input') putInputCell(plan, draft, column.name, cell);
  else if (column.kind === 'metadata') putMetadata(draft, column.name, cell, METADATA_KEY_MAX);
  else if (column.kind === 'priority') putField(draft, 'priority', readCell('integer', cell), cell);
  else if (column.kind !== 'ignored') putField(draft, column.kind, cell.trim(), cell);
}

function putInputCell({ model }: RowPlan, draft: RowDraft, name: string, cell: string): void {
  const field = modelFields(model).get(name);
  if (!field) return;
  const value = readCell(field.kind, cell);
  if (value !== undefined) {
    draft.input[name] = value;
    return;
  }
  const remedy = inputRemedy(model, name) + decimalHint(field.kind, cell);
  draft.problems.push(
    notAsExpected(name, pointerTo('input', name), wrongTypeCode(field), field.expectation, cell, remedy),
  );
}

function decimalHint(kind: FieldKind, cell: string): string {
  return kind === 'number' && /^\s*-?\d+,\d+\s*$/.test(cell) ? ' Decimals are written with a point.' : '';
}

const ROW_KEYS = ['custom_id', 'input', 'priority', 'max_cost', 'output_name', 'metadata', 'retry', 'callback_url'];

/** `{custom_id?, input, priority?, max_cost?, output_name?, metadata?, retry?: {max_attempts}, callback_url?}` */
export function parseRowObject(plan: RowPlan, value: unknown): RowOutcome {
  if (!isObject(value)) return rejected(notAnObject('', 'The row', 'a JSON object with an "input"', value));
  const draft = draftRow(plan);
  draft.problems.push(...unknownKeys('', Object.keys(value), ROW_KEYS, value));
  for (const name of ['custom_id', 'priority', 'max_cost', 'output_name', 'callback_url'] as const) {
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
  for (const [key, value] of Object.entries(metadata)) putMetadata(draft, key, value, METADATA_KEY_MAX);
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

function rejected(problem: RowProblem): RowOutcome {
  return { kind: 'rejected', problems: [problem] };
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

function wrongCellCount(found: number, expected: number): RowProblem {
  const code = found > expected ? 'too_many_cells' : 'too_few_cells';
  const remedy =
    found > expected
      ? 'Put quotes around cells that contain the delimiter, or remove the extra cells.'
      : 'Add the missing cells; an empty cell means "use the default".';
  const message = `The row has ${found} cells, the header line ${expected}. ${remedy}`;
  return { column: null, pointer: '', code, value: String(found), message };
}

function cellTooLarge(column: Column, cell: string): RowProblem {
  const { header } = column;
  const message = `${header} holds ${cell.length} characters; a cell holds at most ${CELL_LENGTH_MAX}. Shorten it (or close a quote that was left open).`;
  return { column: header, pointer: placeOf(column), code: 'cell_too_large', value: shownValue(cell), message };
}
