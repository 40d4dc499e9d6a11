/**
 * One HTTP request over a connection that stands. Redirects are answers, bodies stay as they are encoded, and of all that
 * the other side can send without end (1xx, headers, body) no more than a limit is taken.
 */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { type Failure, failureOf } from './failure.ts';

const HEADER_BYTES_MAX = 16 * 1024;
const HEADERS_MAX = 100;
const INTERIM_ANSWERS_MAX = 8;

export interface WireRequest {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
  readonly maxResponseBytes: number;
}

export interface Answer {
  readonly kind: 'answered';
  readonly status: number;
  /** As it was sent. */
  readonly retryAfter: string | null;
  /** Its first bytes as text; what is not UTF-8, and NUL, is replaced. */
  readonly bodyStart: string;
  /** Whether that is all of it. What cut it off (the limit, the deadline, the sender) doesn't unsay the status. */
  readonly isBodyWhole: boolean;
}

/** Ends with the connection, which is closed whatever came of it. Aborted: what has come of an answer by then counts. */
export function exchange(socket: Socket, wire: WireRequest, signal: AbortSignal): Promise<Answer | Failure> {
  return new Promise((resolve) => {
    const body = Buffer.from(wire.body);
    const sent = openRequest(socket, wire, body.byteLength);
    let interim = 0;
    let isAnswered = false;
    const end = (outcome: Answer | Failure) => {
      signal.removeEventListener('abort', giveUp);
      resolve(outcome);
      sent.destroy();
      socket.destroy();
    };
    const giveUp = () => end({ kind: 'failed', reason: 'aborted', code: null });
    const endByProtocol = () => end({ kind: 'failed', reason: 'protocol', code: null });
    sent.on('information', () => {
      interim++;
      if (interim > INTERIM_ANSWERS_MAX) endByProtocol();
    });
    sent.on('upgrade', endByProtocol);
    sent.on('error', (error) => {
      // After the status, what breaks off the body is the reader's to see.
      if (!isAnswered) end(failureOf(error, 'protocol'));
    });
    sent.on('response', (response) => {
      isAnswered = true;
      signal.removeEventListener('abort', giveUp);
      void readAnswer(response, wire.maxResponseBytes, signal).then(end);
    });
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    else sent.end(body);
  });
}

function openRequest(socket: Socket, { url, headers }: WireRequest, contentLength: number): ClientRequest {
  const sent = request({
    createConnection: () => socket,
    method: 'POST',
    path: `${url.pathname}${url.search}`,
    headers: {
      'accept-encoding': 'identity',
      ...headers,
      host: url.host,
      'content-length': contentLength,
      connection: 'close',
    },
    setHost: false,
    maxHeaderSize: HEADER_BYTES_MAX,
    insecureHTTPParser: false,
  });
  sent.maxHeadersCount = HEADERS_MAX;
  return sent;
}

async function readAnswer(response: IncomingMessage, bytesMax: number, signal: AbortSignal): Promise<Answer> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const stop = () => response.destroy();
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      bytes += chunk.byteLength;
      if (bytes > bytesMax) break;
    }
  } catch {
    // A body that breaks off is a body that is not whole.
  }
  signal.removeEventListener('abort', stop);
  return {
    kind: 'answered',
    status: response.statusCode ?? 0,
    retryAfter: response.headers['retry-after'] ?? null,
    bodyStart: textOf(Buffer.concat(chunks).subarray(0, bytesMax)),
    isBodyWhole: response.complete && bytes <= bytesMax,
  };
}

/** A character that the cut went through is left out. */
function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes, { stream: true }).replaceAll('\0', '\uFFFD');
}
