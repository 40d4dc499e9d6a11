/** One event to a server on this machine, as Reelay would deliver it: the same headers and a signature that verifies. */
import type { Event } from '@reelay/contract';
import { Webhook } from 'standardwebhooks';
import { interrupted } from '../cli-error.ts';

const ANSWER_TIMEOUT_MS = 15_000;

export interface ForwardTarget {
  readonly url: URL;
  /** `whsec_` and base64. */
  readonly secret: string;
  /** Ctrl-C. */
  readonly signal: AbortSignal;
}

export interface Forwarded {
  /** Null when nobody answered. */
  readonly status: number | null;
  readonly durationMs: number;
  readonly error?: string;
}

export async function forwardEvent({ payload }: Event, target: ForwardTarget, now = new Date()): Promise<Forwarded> {
  const body = JSON.stringify(payload);
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'reelay-listen',
    'webhook-id': payload.id,
    'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
    'webhook-signature': new Webhook(target.secret).sign(payload.id, now, body),
  };
  const startedAtMs = performance.now();
  const since = () => Math.round(performance.now() - startedAtMs);
  try {
    const signal = AbortSignal.any([target.signal, AbortSignal.timeout(ANSWER_TIMEOUT_MS)]);
    const response = await fetch(target.url, { method: 'POST', headers, body, redirect: 'manual', signal });
    await response.body?.cancel();
    return { status: response.status, durationMs: since() };
  } catch (error) {
    if (target.signal.aborted) throw interrupted('go on where you were with --after');
    return { status: null, durationMs: since(), error: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message || cause.name : String(cause);
}
