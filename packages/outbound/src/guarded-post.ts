/**
 * One POST to a URL that a customer gave. It is written at most once, over a connection of its own, to an address that
 * was judged, within one deadline from the name's resolution to the answer's last byte. Follows no redirect, knows no
 * proxy, and whatever the other side does comes back as a value.
 */
import type { OutboundPolicy } from './allow-list.ts';
import { checkUrl } from './check-url.ts';
import { type Answer, exchange } from './exchange.ts';
import type { Failure } from './failure.ts';
import { openConnection } from './open-connection.ts';
import { type Resolve, resolveBySystem, resolveTarget } from './resolve-target.ts';

const TIMEOUT_MS = 15_000;
const RESPONSE_BYTES_MAX = 64 * 1024;

export interface GuardedPost {
  readonly url: string;
  readonly policy: OutboundPolicy;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly timeoutMs?: number | undefined;
  readonly maxResponseBytes?: number | undefined;
  /** Certificates trusted instead of the system's. */
  readonly ca?: string | undefined;
  readonly resolve?: Resolve | undefined;
  readonly signal?: AbortSignal | undefined;
}

interface Blocked {
  readonly kind: 'blocked';
  /** A clause that can follow "it is not called:". */
  readonly reason: string;
}

export type PostOutcome = (Answer | Failure | Blocked) & { readonly tookMs: number };

export async function guardedPost(post: GuardedPost): Promise<PostOutcome> {
  const startMs = performance.now();
  const ending = new AbortController();
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    ending.abort();
  }, post.timeoutMs ?? TIMEOUT_MS);
  // By hand and not by AbortSignal.any: the caller's signal may live as long as the process.
  const giveUp = () => ending.abort();
  post.signal?.addEventListener('abort', giveUp, { once: true });
  if (post.signal?.aborted) giveUp();
  try {
    const outcome = await postUnder(post, ending.signal);
    const tookMs = performance.now() - startMs;
    if (outcome.kind !== 'failed' || !ending.signal.aborted) return { ...outcome, tookMs };
    return { kind: 'failed', reason: isLate ? 'timeout' : 'aborted', code: null, tookMs };
  } finally {
    clearTimeout(timer);
    post.signal?.removeEventListener('abort', giveUp);
  }
}

async function postUnder(post: GuardedPost, signal: AbortSignal): Promise<Answer | Failure | Blocked> {
  const verdict = checkUrl(post.url, post.policy);
  if (verdict.kind === 'blocked') return verdict;
  const { target } = verdict;
  const { policy, ca, resolve = resolveBySystem } = post;
  // The system's resolver can't be called off, so it is left behind.
  const resolution = await Promise.race([resolveTarget(target, { policy, resolve }), whenAborted(signal)]);
  if (resolution.kind !== 'resolved') return resolution;
  const opened = await openConnection(target, resolution.addresses, { policy, ca, signal });
  if (opened.kind !== 'open') return opened;
  const { headers, body, maxResponseBytes = RESPONSE_BYTES_MAX } = post;
  try {
    return await exchange(opened.socket, { url: target.url, headers, body, maxResponseBytes }, signal);
  } finally {
    opened.socket.destroy();
  }
}

function whenAborted(signal: AbortSignal): Promise<Failure> {
  const aborted: Failure = { kind: 'failed', reason: 'aborted', code: null };
  if (signal.aborted) return Promise.resolve(aborted);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(aborted), { once: true }));
}
