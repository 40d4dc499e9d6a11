/** A `custom_id` names one row of a batch: the first that uses it keeps it, later ones are rejected and told where. */
import type { ParsedRow } from './row-plan.ts';
import type { RowProblem } from './row-problem.ts';

export interface PlacedRow {
  readonly line: number;
  readonly row: ParsedRow;
}

/** `takenLines`: lines of earlier rows by their custom_id. */
export function splitDuplicates<T extends PlacedRow>(
  rows: readonly T[],
  takenLines: ReadonlyMap<string, number>,
): { readonly kept: T[]; readonly repeated: { readonly placed: T; readonly problem: RowProblem }[] } {
  const taken = new Map(takenLines);
  const kept: T[] = [];
  const repeated: { placed: T; problem: RowProblem }[] = [];
  for (const placed of rows) {
    const { customId } = placed.row;
    const first = customId === null ? undefined : taken.get(customId);
    if (customId !== null && first !== undefined) {
      repeated.push({ placed, problem: duplicate(customId, first) });
      continue;
    }
    if (customId !== null) taken.set(customId, placed.line);
    kept.push(placed);
  }
  return { kept, repeated };
}

function duplicate(customId: string, line: number): RowProblem {
  const message = `custom_id "${customId}" is already used on line ${line}. Give this row one of its own, or remove the row.`;
  return {
    column: 'custom_id',
    pointer: '/custom_id',
    code: 'duplicate_custom_id',
    value: customId.slice(0, 200),
    message,
  };
}
