/**
 * `@fal-ai/client` as a builder of requests and nothing more. It repeats a POST by itself and its settings can't stop
 * that (`queue.submit` overrides `retry`), so each call gets a client of its own whose `fetch` passes one request to us,
 * refuses a second, and ends the client's part by throwing an error that the client does not know and so doesn't retry.
 */
import { createFalClient, type FalClient } from '@fal-ai/client';
import type { WireRequest } from './wire-request.ts';

const VENDOR_QUEUE_URL = 'https://queue.fal.run';

export interface VendorAccess {
  readonly credentials: string;
  readonly queueUrl: string;
}

/** Not a fault: the wire's answer is in our hands and the client has nothing left to do. No `cause`, no `code`. */
class Answered extends Error {
  constructor() {
    super('the request has been carried out; the client must not repeat it');
    this.name = 'Answered';
  }
}

/**
 * Lets `ask` make one call with the client and returns what `carry` made of the request that the client built. The
 * client's own result is ignored: it drops the headers that say what an answer cost and who gave it.
 */
export async function throughVendorClient<T>(
  access: VendorAccess,
  carry: (request: WireRequest) => Promise<T>,
  ask: (queue: FalClient['queue']) => Promise<unknown>,
): Promise<T> {
  const carried: { value: T }[] = [];
  const oneShot = oneShotFetch(access, async (request) => void carried.push({ value: await carry(request) }));
  const client = createFalClient({
    credentials: access.credentials,
    fetch: oneShot,
    retry: { maxRetries: 0 },
    requestMiddleware: async (request) => ({
      ...request,
      url: request.url.replace(VENDOR_QUEUE_URL, () => access.queueUrl),
    }),
  });
  let ended: unknown;
  try {
    await ask(client.queue);
  } catch (error) {
    ended = error;
  }
  const [first] = carried;
  // What happened on the wire outranks anything that the client did afterwards.
  if (first) return first.value;
  throw ended ?? new Error('the fal client returned without sending its request');
}

/** The whole defence against paying twice; `test/vendor-client.test.ts` shows that it is still needed. */
export function oneShotFetch(access: VendorAccess, carry: (request: WireRequest) => Promise<void>): typeof fetch {
  let used = false;
  return async (target, init = {}) => {
    if (used) throw new Error('the fal client tried to repeat a request');
    used = true;
    const url = String(target);
    // A client that changes its host would otherwise reach the real fal from a test, with money at stake.
    if (!url.startsWith(`${access.queueUrl}/`)) throw new Error('the fal client built a request for another host');
    if (!init.signal) throw new Error('the fal client dropped the deadline of its request');
    await carry({
      method: init.method ?? 'GET',
      url,
      headers: Object.fromEntries(new Headers(init.headers)),
      body: typeof init.body === 'string' ? init.body : null,
      signal: init.signal,
    });
    throw new Answered();
  };
}
