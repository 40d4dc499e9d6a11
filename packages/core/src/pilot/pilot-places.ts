/** Which rows of a batch run first, as its pilot. Places count the valid rows in their order, from 1. */
export const PILOT_STRATEGIES = ['first', 'spread'] as const;
export type PilotStrategy = (typeof PILOT_STRATEGIES)[number];

/** As many places as asked for, or all; ascending. `spread` takes the first row of each of so many equal parts. */
export function pilotPlaces(total: number, rows: number, strategy: PilotStrategy): number[] {
  const count = Math.min(total, rows);
  return Array.from({ length: count }, (_, i) => 1 + (strategy === 'first' ? i : Math.floor((i * total) / count)));
}
