/**
 * What each column of a file stands for. Nothing is guessed: a header is a name we know, mapped by the person, or an
 * error that says which name it may have meant. The five columns that an errors file adds are read over.
 */
import type { Model } from '../catalogue/model.ts';
import { closestName } from './closest-name.ts';
import { modelFields } from './model-fields.ts';
import { METADATA_KEY_MAX } from './row-draft.ts';
import { isRowFieldName, ROW_FIELD_NAMES, type RowFieldName } from './row-fields.ts';
import { isStorable, shownValue } from './row-problem.ts';

export type Column =
  | { readonly kind: 'input' | 'metadata'; readonly header: string; readonly name: string }
  | { readonly kind: RowFieldName | 'ignored'; readonly header: string };

export interface ColumnProblem {
  /** Place in the header line, from 1; null when a column is missing. */
  readonly index: number | null;
  readonly column: string;
  readonly code:
    | 'unknown_column'
    | 'unnamed_column'
    | 'duplicate_column'
    | 'missing_column'
    | 'too_many_columns'
    | 'unknown_mapping';
  readonly message: string;
}

export type ColumnPlan =
  | { readonly kind: 'planned'; readonly columns: readonly Column[] }
  | { readonly kind: 'refused'; readonly problems: readonly ColumnProblem[] };

/** What headers are understood by. */
export interface ColumnNaming {
  readonly model: Model;
  /** Header → the column it stands for, or empty to ignore it. */
  readonly map?: Readonly<Record<string, string>>;
  /** Columns that have a default, so that the file need not carry them. */
  readonly given?: ReadonlySet<string>;
}

export const ERROR_COLUMNS = ['_line', '_column', '_code', '_value', '_message'] as const;
export const COLUMNS_MAX = 256;
const METADATA_PREFIX = 'metadata.';

export function planColumns(headers: readonly string[], naming: ColumnNaming): ColumnPlan {
  if (headers.length > COLUMNS_MAX) return { kind: 'refused', problems: [tooMany(headers.length)] };
  const { model, given = new Set<string>() } = naming;
  const map = new Map(Object.entries(naming.map ?? {}));
  const problems: ColumnProblem[] = [];
  const seen = new Map<string, number>();
  const columns = headers.map((text, i): Column => {
    const header = text.trim();
    const column = header === '' ? null : columnOf(header, map.get(header) ?? header, model);
    if (!column) problems.push(header === '' ? unnamed(i) : unknown(header, i, map.get(header), model));
    else if (column.kind !== 'ignored') problems.push(...repeated(targetOf(column), header, i, seen));
    return column ?? { kind: 'ignored', header };
  });
  problems.push(...unusedMappings(map, headers), ...missing(columns, model, given));
  return problems.length > 0 ? { kind: 'refused', problems } : { kind: 'planned', columns };
}

/** The name under which a column's values are known everywhere else. */
export function targetOf(column: Column): string {
  if (column.kind === 'input') return column.name;
  return column.kind === 'metadata' ? METADATA_PREFIX + column.name : column.kind;
}

/** How many headers would be understood: what tells the right delimiter from the wrong ones. */
export function countKnownHeaders(headers: readonly string[], naming: ColumnNaming): number {
  const map = new Map(Object.entries(naming.map ?? {}));
  return headers.filter((text) => {
    const header = text.trim();
    return header !== '' && (map.has(header) || columnOf(header, header, naming.model) !== null);
  }).length;
}

function columnOf(header: string, target: string, model: Model): Column | null {
  if (!isStorable(header) || !isStorable(target)) return null;
  if (target === '') return { kind: 'ignored', header };
  if (modelFields(model).has(target)) return { kind: 'input', header, name: target };
  if (isRowFieldName(target)) return { kind: target, header };
  if ((ERROR_COLUMNS as readonly string[]).includes(target)) return { kind: 'ignored', header };
  const key = target.startsWith(METADATA_PREFIX) ? target.slice(METADATA_PREFIX.length) : '';
  return key !== '' && key.length <= METADATA_KEY_MAX ? { kind: 'metadata', header, name: key } : null;
}

function unknown(header: string, i: number, mapped: string | undefined, model: Model): ColumnProblem {
  const wanted = mapped ?? header;
  const near = closestName(wanted, [...modelFields(model).keys(), ...ROW_FIELD_NAMES]);
  const suggestion = near === null ? '' : ` Did you mean "${near}"?`;
  const name = shownValue(header) ?? '';
  const message =
    mapped === undefined
      ? `Column ${i + 1} "${name}" is not known.${suggestion} Rename it, map it (map[${name}]=…) or leave it out (map[${name}]=).`
      : `Column ${i + 1} "${name}" is mapped to "${shownValue(mapped)}", which is not known.${suggestion} Map it to an input field, ${ROW_FIELD_NAMES.join(', ')} or metadata.<key>.`;
  return { index: i + 1, column: name, code: 'unknown_column', message };
}

function unnamed(i: number): ColumnProblem {
  const message = `Column ${i + 1} has no name. Name it, or remove the column (a delimiter at the end of the header line makes one).`;
  return { index: i + 1, column: '', code: 'unnamed_column', message };
}

function repeated(target: string, header: string, i: number, seen: Map<string, number>): ColumnProblem[] {
  const first = seen.get(target);
  if (first === undefined) {
    seen.set(target, i + 1);
    return [];
  }
  const message = `Columns ${first} and ${i + 1} both stand for "${target}". Keep one of them, or leave one out by mapping it to nothing.`;
  return [{ index: i + 1, column: header, code: 'duplicate_column', message }];
}

function tooMany(count: number): ColumnProblem {
  const message = `The header line has ${count} columns; at most ${COLUMNS_MAX} are read. Remove the columns that are not needed.`;
  return { index: null, column: '', code: 'too_many_columns', message };
}

function unusedMappings(map: ReadonlyMap<string, string>, headers: readonly string[]): ColumnProblem[] {
  const present = new Set(headers.map((header) => header.trim()));
  return [...map.keys()]
    .filter((header) => !present.has(header))
    .map((header) => {
      const near = closestName(header, present);
      const suggestion = near === null ? '' : ` Did you mean "${near}"?`;
      const message = `The mapping names a column "${shownValue(header)}", which the file does not have.${suggestion} Correct the mapping or remove it.`;
      return { index: null, column: shownValue(header) ?? '', code: 'unknown_mapping', message };
    });
}

function missing(columns: readonly Column[], model: Model, given: ReadonlySet<string>): ColumnProblem[] {
  const present = new Set(columns.filter(({ kind }) => kind !== 'ignored').map(targetOf));
  return [...modelFields(model).values()]
    .filter(({ name, required }) => required && !present.has(name) && !given.has(name))
    .map(({ name }) => {
      const message = `There is no column "${name}", which every row needs. Add it, map the column that holds it (map[…]=${name}), or give a default for all rows (defaults[${name}]=…).`;
      return { index: null, column: name, code: 'missing_column', message };
    });
}
