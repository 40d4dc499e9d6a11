/** Rows that repeat an earlier one, in groups, with what the repetitions cost. */
import type { NanoUsd } from '../money/nano-usd.ts';
import type { Seen } from './digest-index.ts';

export interface Repeats {
  readonly groups: number;
  /** Rows beyond the first of each group. */
  readonly rows: number;
  readonly costNanoUsd: NanoUsd;
  /** The first groups, each with its first lines. */
  readonly first: readonly { readonly lines: readonly number[] }[];
}

export interface RepeatsSoFar {
  add(name: string, seen: Seen, row: { readonly line: number; readonly costNanoUsd: NanoUsd }): void;
  result(): Repeats;
}

export const GROUPS_SHOWN_MAX = 10;
export const LINES_SHOWN_MAX = 10;

/** `name` tells the groups apart. */
export function findRepeats(): RepeatsSoFar {
  let [groups, rows, costNanoUsd] = [0, 0, 0n];
  const shown = new Map<string, number[]>();
  return {
    add: (name, seen, row) => {
      if (seen.count < 2) return;
      rows += 1;
      costNanoUsd += row.costNanoUsd;
      if (seen.count === 2) {
        groups += 1;
        if (shown.size < GROUPS_SHOWN_MAX) shown.set(name, [seen.firstLine]);
      }
      const lines = shown.get(name);
      if (lines && lines.length < LINES_SHOWN_MAX) lines.push(row.line);
    },
    result: () => ({ groups, rows, costNanoUsd, first: [...shown.values()].map((lines) => ({ lines })) }),
  };
}
