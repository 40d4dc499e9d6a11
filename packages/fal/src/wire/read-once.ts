/** One GET or PUT that costs nothing when repeated, over kept-alive connections. Repeating it is the caller's schedule. */
import { Agent } from 'undici';
import { type Answer, readAnswer } from './answer.ts';
import { errorCode } from './error-code.ts';
import type { WireRequest } from './wire-request.ts';

export type ReadOutcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  | { readonly kind: 'no_answer'; readonly code: string };

export interface Reader {
  readonly read: (request: WireRequest, bodyBytesMax: number) => Promise<ReadOutcome>;
  readonly close: () => Promise<void>;
}

const CONNECTIONS_MAX = 32;

export function makeReader(): Reader {
  const agent = new Agent({ connections: CONNECTIONS_MAX, headersTimeout: 0, bodyTimeout: 0 });
  return {
    read: (request, bodyBytesMax) => readOnce(agent, request, bodyBytesMax),
    close: () => agent.destroy(),
  };
}

async function readOnce(agent: Agent, request: WireRequest, bodyBytesMax: number): Promise<ReadOutcome> {
  try {
    // undici notices an abort only once the request has a connection, and it may wait for one.
    const answer = await Promise.race([exchange(agent, request, bodyBytesMax), failAtDeadline(request.signal)]);
    return { kind: 'answered', answer };
  } catch (error) {
    return { kind: 'no_answer', code: request.signal.aborted ? 'timeout' : errorCode(error) };
  }
}

async function exchange(agent: Agent, request: WireRequest, bodyBytesMax: number): Promise<Answer> {
  const url = new URL(request.url);
  const response = await agent.request({
    origin: url.origin,
    path: `${url.pathname}${url.search}`,
    method: request.method === 'PUT' ? 'PUT' : 'GET',
    headers: request.headers,
    body: request.body,
    signal: request.signal,
  });
  return readAnswer(response, bodyBytesMax);
}

function failAtDeadline(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const fail = () => reject(new Error('the deadline has passed'));
    if (signal.aborted) fail();
    signal.addEventListener('abort', fail, { once: true });
  });
}
