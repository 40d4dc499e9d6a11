/**
 * Holds an idempotency key for as long as its work runs, by renewing the lease. It keeps others from beginning; it is not
 * what keeps two from committing: that is the seal, which a claim that was taken over cannot set. So a renewal that fails
 * is tried again, and one that finds the claim lost only says so, for work that can be spared.
 */
import { ClaimLost, type IdempotencyClaim, renewIdempotencyKey } from '@reelay/engine';
import type { Door } from './app.ts';

/** A third of the lease: two renewals may be lost. */
const RENEW_EVERY_MS = 5_000;

export interface KeyHold {
  /** Aborted with ClaimLost when another request has taken the key over. */
  readonly lost: AbortSignal;
  release(): void;
}

export function holdKey(context: Door['context'], claim: IdempotencyClaim): KeyHold {
  const lost = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let released = false;
  const renewLater = () => {
    if (!released) timer = setTimeout(() => void renew(), RENEW_EVERY_MS);
  };
  const renew = async () => {
    try {
      const isHeld = await renewIdempotencyKey(context, claim);
      if (isHeld || released) return renewLater();
      lost.abort(new ClaimLost());
    } catch (error) {
      context.log.warn({ err: error }, 'lease of an idempotency key not renewed');
      renewLater();
    }
  };
  renewLater();
  return {
    lost: lost.signal,
    release: () => {
      released = true;
      clearTimeout(timer);
    },
  };
}
