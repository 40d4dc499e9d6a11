/**
 * Nano-dollars as a JSON number of dollars. One division of two exact integers: the nearest double, which prints as the
 * decimal it stands for up to 15 digits (a million dollars).
 */
export function toUsd(nanoUsd: bigint): number {
  return Number(nanoUsd) / 1e9;
}
