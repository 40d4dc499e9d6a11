export interface RetrySchedule {
  readonly retriesMax: number;
  readonly firstDelayMs: number;
  readonly growth: number;
  /** How long after the finish a try may still start; null = until the result expires. */
  readonly windowMs: number | null;
}

export const RETRY_SCHEDULES = {
  /** 31 growing delays that add up to just under the hour a result is kept. */
  current: { retriesMax: 31, firstDelayMs: 5_000, growth: 1.165, windowMs: null },
  /** fal's wording until May 2026: 10 retries over two hours. */
  legacy: { retriesMax: 10, firstDelayMs: 30_000, growth: 1.66, windowMs: 7_200_000 },
} as const satisfies Record<string, RetrySchedule>;

/** The pause before the nth retry (from 1), or null when there is none left. */
export function retryDelayMs(schedule: RetrySchedule, nth: number): number | null {
  return nth > schedule.retriesMax ? null : schedule.firstDelayMs * schedule.growth ** (nth - 1);
}
