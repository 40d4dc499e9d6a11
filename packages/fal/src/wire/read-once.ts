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
  const url = new URL(request.url);
  try {
    const response = await agent.request({
      origin: url.origin,
      path: `${url.pathname}${url.search}`,
      method: request.method === 'PUT' ? 'PUT' : 'GET',
      headers: request.headers,
      body: request.body,
      signal: request.signal,
    });
    return { kind: 'answered', answer: await readAnswer(response, bodyBytesMax) };
  } catch (error) {
    return { kind: 'no_answer', code: request.signal.aborted ? 'timeout' : errorCode(error) };
  }
}
