/** How long it took until something happened again, or how long it is known not to have happened. */

export interface Span {
  readonly atMs: number;
  readonly endedAtMs: number | null;
}

export interface Wait {
  readonly ms: number;
  /** False: another fault came first, and what would have been without it is at least this. */
  readonly isWhole: boolean;
}

/** Null when it never happened again: then nothing was left to do, or a claim says so. */
export function timeToNext(times: readonly number[], fromMs: number, others: readonly Span[]): Wait | null {
  const next = times.find((time) => time > fromMs);
  if (next === undefined) return null;
  const inTheWay = others
    .filter(({ atMs, endedAtMs }) => (endedAtMs ?? Number.POSITIVE_INFINITY) > fromMs && atMs < next)
    .map(({ atMs }) => Math.max(atMs, fromMs));
  if (inTheWay.length === 0) return { ms: next - fromMs, isWhole: true };
  return { ms: Math.min(...inTheWay) - fromMs, isWhole: false };
}

export interface WaitFigures {
  readonly whole: number;
  /** Milliseconds of the whole ones, the middle one and the longest. */
  readonly middleAndMost: readonly [number, number] | null;
  readonly interrupted: number;
  /** Milliseconds that one which was interrupted had lasted by then, the longest. */
  readonly atLeast: number | null;
}

export function figuresOf(waits: readonly Wait[]): WaitFigures {
  const sorted = (isWhole: boolean) =>
    waits
      .filter((wait) => wait.isWhole === isWhole)
      .map(({ ms }) => Math.round(ms))
      .sort((a, b) => a - b);
  const [whole, interrupted] = [sorted(true), sorted(false)];
  const middle = whole[Math.floor((whole.length - 1) / 2)];
  const most = whole.at(-1);
  return {
    whole: whole.length,
    middleAndMost: middle === undefined || most === undefined ? null : [middle, most],
    interrupted: interrupted.length,
    atLeast: interrupted.at(-1) ?? null,
  };
}
