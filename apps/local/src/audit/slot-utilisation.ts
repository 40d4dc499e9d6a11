import type { ProviderRequest } from './inputs.ts';

/** Busy slot time over slots × the time from the first acceptance to the last finish. 0 when nothing has finished. */
export function slotUtilisation(requests: readonly ProviderRequest[], slots: number): number {
  const finished = requests.flatMap(({ startedAtMs, finishedAtMs }) =>
    startedAtMs === null || finishedAtMs === null ? [] : [{ startedAtMs, finishedAtMs }],
  );
  if (finished.length === 0) return 0;
  const busyMs = finished.reduce((sum, { startedAtMs, finishedAtMs }) => sum + finishedAtMs - startedAtMs, 0);
  const firstMs = requests.reduce((first, { acceptedAtMs }) => Math.min(first, acceptedAtMs), Number.POSITIVE_INFINITY);
  const lastMs = finished.reduce((last, { finishedAtMs }) => Math.max(last, finishedAtMs), 0);
  return lastMs <= firstMs ? 0 : busyMs / (slots * (lastMs - firstMs));
}
