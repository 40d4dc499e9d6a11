/** The text of a cell as the value that a field's kind asks for; undefined when it can't be read as one. */
import type { FieldKind } from './model-fields.ts';

const INTEGER = /^[+-]?\d+$/;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
const BOOLEANS: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['yes', true],
  ['false', false],
  ['0', false],
  ['no', false],
]);

export function readCell(kind: FieldKind, cell: string): string | number | boolean | undefined {
  switch (kind) {
    case 'text':
      return cell;
    case 'boolean':
      return BOOLEANS.get(cell.trim().toLowerCase());
    case 'integer':
      return readNumber(INTEGER, cell);
    case 'number':
      return readNumber(NUMBER, cell);
  }
}

function readNumber(pattern: RegExp, cell: string): number | undefined {
  const text = cell.trim();
  return pattern.test(text) ? Number(text) : undefined;
}
