/** A row object laid out under column names, so that a rejected inline row can be written to an errors file as well. */
import type { Column } from './columns.ts';
import { CELL_LENGTH_MAX } from './parse-cells.ts';
import { isRowFieldName, ROW_FIELD_NAMES } from './row-fields.ts';
import { jsonText, storable } from './row-problem.ts';

/** Column name → text, in the row's own order. Empty for what is not an object. */
export function rowCells(row: unknown): Map<string, string> {
  const cells = new Map<string, string>();
  for (const [key, value] of entriesOf(row)) {
    if (key === 'input') for (const [name, inner] of entriesOf(value)) putCell(cells, name, inner);
    else if (key === 'metadata')
      for (const [name, inner] of entriesOf(value)) putCell(cells, `metadata.${name}`, inner);
    else if (key === 'retry') for (const [name, inner] of entriesOf(value)) putCell(cells, `retry.${name}`, inner);
    else putCell(cells, key, value);
  }
  return cells;
}

/** One character more than a cell may hold is kept of what is too long: enough to be refused again, unless shortened. */
export function keptCell(text: string): string {
  return storable(text.length > CELL_LENGTH_MAX ? text.slice(0, CELL_LENGTH_MAX + 1) : text);
}

/** The names alone. */
export function rowNames(row: unknown): string[] {
  return entriesOf(row).flatMap(([key, value]) => {
    if (key === 'input') return entriesOf(value).map(([name]) => storable(name));
    if (key === 'metadata' || key === 'retry') return entriesOf(value).map(([name]) => storable(`${key}.${name}`));
    return [storable(key)];
  });
}

function putCell(cells: Map<string, string>, name: string, value: unknown): void {
  if (value === undefined || value === null) return;
  cells.set(storable(name), keptCell(typeof value === 'string' ? value : jsonText(value)));
}

function entriesOf(value: unknown): [string, unknown][] {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
}

const COLUMNS_KEPT_MAX = 128;

/** Names under which rows without a header line gave values, as columns: the same set always gives the same order. */
export function columnsOf(names: ReadonlySet<string>, inputFields: readonly string[]): Column[] {
  const own = ROW_FIELD_NAMES.filter((name) => names.has(name));
  const given = inputFields.filter((name) => names.has(name));
  const others = [...names].filter((name) => !isRowFieldName(name) && !inputFields.includes(name)).sort();
  const columns: Column[] = [
    ...own.map((name): Column => ({ kind: name, header: name })),
    ...given.map((name): Column => ({ kind: 'input', header: name, name })),
    ...others.map((header): Column => {
      const key = header.startsWith('metadata.') ? header.slice('metadata.'.length) : '';
      return key === '' ? { kind: 'ignored', header } : { kind: 'metadata', header, name: key };
    }),
  ];
  return columns.slice(0, COLUMNS_KEPT_MAX);
}
