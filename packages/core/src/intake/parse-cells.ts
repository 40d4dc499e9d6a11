/**
 * One record of a file into a job's fields or into everything that is wrong with it. Never throws, whatever the cells
 * hold, and a row is either wholly accepted or wholly rejected.
 */
import { type Column, targetOf } from './columns.ts';
import { finishRow, wrongTypeCode } from './finish-row.ts';
import { type FieldKind, inputRemedy, modelFields } from './model-fields.ts';
import { readCell } from './read-cell.ts';
import {
  draftRow,
  forbiddenCharacter,
  notAsExpected,
  pointerToField,
  putField,
  putMetadata,
  type RowDraft,
} from './row-draft.ts';
import { ROW_FIELDS } from './row-fields.ts';
import type { RowOutcome, RowPlan } from './row-plan.ts';
import { isStorable, pointerTo, type RowProblem, shownValue } from './row-problem.ts';

export const CELL_LENGTH_MAX = 65_536;

/** An empty cell means: use the default. */
export function parseCells(plan: RowPlan, columns: readonly Column[], cells: readonly string[]): RowOutcome {
  if (cells.length !== columns.length) {
    return { kind: 'rejected', problems: [wrongCellCount(cells.length, columns.length)] };
  }
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
  return column.kind === 'ignored' ? pointerTo(column.header) : pointerToField(column.kind);
}

function putCell(plan: RowPlan, draft: RowDraft, column: Column, cell: string): void {
  if (column.kind === 'input') putInputCell(plan, draft, column.name, cell);
  else if (column.kind === 'metadata') putMetadata(draft, column.name, cell);
  else if (column.kind !== 'ignored') {
    putField(draft, column.kind, readCell(ROW_FIELDS[column.kind].kind, cell.trim()), cell);
  }
}

function putInputCell({ model }: RowPlan, draft: RowDraft, name: string, cell: string): void {
  const field = modelFields(model).get(name);
  if (!field) return;
  const value = readCell(field.kind, cell);
  if (value !== undefined) {
    draft.input[name] = value;
    return;
  }
  const { expectation } = field;
  const remedy = inputRemedy(field) + decimalHint(field.kind, cell);
  const pointer = pointerTo('input', name);
  const code = wrongTypeCode(field);
  draft.problems.push(notAsExpected({ column: name, pointer, code, expectation, value: cell, remedy }));
}

function decimalHint(kind: FieldKind, cell: string): string {
  return kind === 'number' && /^\s*-?\d+,\d+\s*$/.test(cell) ? ' Decimals are written with a point.' : '';
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
