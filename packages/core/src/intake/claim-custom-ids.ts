/** A `custom_id` names one row of a batch: the first that uses it keeps it, later ones are rejected and told where. */
import { pointerTo, type RowProblem, shownValue } from './row-problem.ts';

/** No problem when the id is free (and taken from then on), or when there is none. */
export type ClaimCustomId = (customId: string | null, line: number) => readonly RowProblem[];

/** `takenLines`: lines of earlier rows by their custom_id. */
export function claimCustomIds(takenLines: ReadonlyMap<string, number> = new Map()): ClaimCustomId {
  const taken = new Map(takenLines);
  return (customId, line) => {
    if (customId === null) return [];
    const first = taken.get(customId);
    if (first !== undefined) return [repeatedCustomId(customId, first)];
    taken.set(customId, line);
    return [];
  };
}

export function repeatedCustomId(customId: string, line: number): RowProblem {
  const value = shownValue(customId);
  const message = `custom_id "${value}" is already used on line ${line}. Give this row one of its own, or remove the row.`;
  return { column: 'custom_id', pointer: pointerTo('custom_id'), code: 'duplicate_custom_id', value, message };
}
