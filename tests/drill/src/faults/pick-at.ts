/** The item at a share of a list, from 0 to below 1. */
export function pickAt<T>(items: readonly T[], share: number): T {
  const item = items[Math.floor(share * items.length)];
  if (item === undefined) throw new RangeError('there is nothing to strike');
  return item;
}
