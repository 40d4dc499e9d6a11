/**
 * The one POST of a paid request. It goes out on a connection of its own (a reused idle socket that resets leaves open
 * whether fal read the request), follows no redirect and is never repeated.
 */
import { buildConnector, Client } from 'undici';
import type { MayStillSend } from '../fal.ts';
import { type Answer, readAnswer } from './answer.ts';
import { classifyConnectFailure } from './connect-failure.ts';
import { errorCode } from './error-code.ts';
import { type ConnectionEnd, singleConnection } from './single-connection.ts';
import type { WireRequest } from './wire-request.ts';

export type PostOutcome =
  | { readonly kind: 'answered'; readonly answer: Answer }
  /** No byte of the request left this machine. */
  | { readonly kind: 'not_connected'; readonly code: string }
  /** The connection stood, but it was too late to send. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'no_answer'; readonly code: string };

/** A refusal or an acceptance is under 1 KB; whatever is larger is not fal's answer to a submit. */
const ANSWER_BYTES_MAX = 64 * 1024;

const CONNECT_TIMEOUT_MS = 10_000;

const connectOnce = buildConnector({ timeout: CONNECT_TIMEOUT_MS, allowH2: false, maxCachedSessions: 0 });

export async function postOnce(request: WireRequest, mayStillSend: MayStillSend): Promise<PostOutcome> {
  const url = new URL(request.url);
  const connection = singleConnection(connectOnce, mayStillSend);
  // The signal is the only deadline after connecting: undici's own would end in the same `no_answer`.
  const client = new Client(url.origin, { connect: connection.connector, headersTimeout: 0, bodyTimeout: 0 });
  // Left to itself, undici notices an abort only once it is connected.
  const giveUp = () => {
    connection.seal();
    client.destroy().catch(() => {});
  };
  request.signal.addEventListener('abort', giveUp, { once: true });
  try {
    const response = await client.request({
      method: 'POST',
      path: `${url.pathname}${url.search}`,
      headers: request.headers,
      body: request.body,
      signal: request.signal,
      reset: true,
    });
    return { kind: 'answered', answer: await readAnswer(response, ANSWER_BYTES_MAX) };
  } catch (error) {
    return outcomeOfError(error, connection.seal(), request.signal);
  } finally {
    request.signal.removeEventListener('abort', giveUp);
    await client.destroy();
  }
}

function outcomeOfError(error: unknown, end: ConnectionEnd, signal: AbortSignal): PostOutcome {
  switch (end.kind) {
    case 'connected':
      return { kind: 'no_answer', code: signal.aborted ? 'timeout' : errorCode(error) };
    case 'withheld':
      return { kind: 'withheld' };
    case 'pending':
      return { kind: 'not_connected', code: 'connect timeout' };
    case 'failed': {
      const { provesNothingSent, code } = classifyConnectFailure(end.error, end.reachedTls);
      return { kind: provesNothingSent ? 'not_connected' : 'no_answer', code };
    }
    case 'unused':
      if (signal.aborted) return { kind: 'not_connected', code: 'connect timeout' };
      // undici refused the request before trying to connect: ours is malformed.
      throw error;
  }
}
