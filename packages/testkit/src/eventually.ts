import { setTimeout as wait } from 'node:timers/promises';

export type EventuallyOptions = { timeoutMs?: number; intervalMs?: number };

/**
 * Calls the check until it neither throws nor returns false, and returns what it returned. When time runs out it
 * throws the check's own last error, which says more than "timed out".
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  options: EventuallyOptions = {},
): Promise<Exclude<T, false>> {
  const { timeoutMs = 10_000, intervalMs = 25 } = options;
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const outcome = await attempt(check);
    if ('value' in outcome) return outcome.value;
    if (performance.now() > deadlineMs) throw outcome.error;
    await wait(intervalMs);
  }
}

async function attempt<T>(check: () => T | Promise<T>): Promise<{ value: Exclude<T, false> } | { error: unknown }> {
  try {
    const value = await check();
    if (value === false) return { error: new Error('the condition stayed false') };
    return { value: value as Exclude<T, false> };
  } catch (error) {
    return { error };
  }
}
