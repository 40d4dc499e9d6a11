import { setTimeout as sleep } from 'node:timers/promises';

const LOOK_EVERY_MS = 300;

/** Waits until `look` finds something; what it throws meanwhile (a store that is down) is no answer yet. */
export async function until<Found>(
  what: string,
  look: () => Promise<Found | null | false>,
  withinMs = 180_000,
): Promise<Found> {
  const deadline = performance.now() + withinMs;
  let last: unknown = 'it did not happen';
  while (performance.now() < deadline) {
    try {
      const found = await look();
      if (found !== null && found !== false) return found;
    } catch (error) {
      last = error;
    }
    await sleep(LOOK_EVERY_MS);
  }
  throw new Error(`waited ${withinMs / 1_000} s for ${what}: ${last instanceof Error ? last.message : String(last)}`);
}
