import type { Context } from '../context.ts';

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;

/**
 * Runs `store` until it succeeds. A sender that knows fal's answer is the best witness there is, so it keeps trying for
 * as long as it lives; if it dies, patrol takes the attempt for unknown.
 */
export async function untilStored<T>(context: Context, attemptId: string, store: () => Promise<T>): Promise<T> {
  for (let waitMs = FIRST_WAIT_MS; ; waitMs = Math.min(waitMs * 2, LONGEST_WAIT_MS)) {
    try {
      return await store();
    } catch (error) {
      context.log.error(
        { err: error, attemptId, waitMs },
        'fal answered but the answer could not be stored; trying again',
      );
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
  }
}
