import http from 'node:http';
import https from 'node:https';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface StreamPost {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Readable;
  readonly signal: AbortSignal;
}

/**
 * Sends a body of any length and takes an answer at any time: one that comes early ends the sending. fetch would go on
 * sending the rest, or wait for ever when nobody reads it.
 */
export async function postStream(url: string, { headers, body, signal }: StreamPost): Promise<Response> {
  const { request: open } = url.startsWith('https:') ? https : http;
  const request = open(url, { method: 'POST', headers, signal, agent: false });
  try {
    const answer = await new Promise<http.IncomingMessage>((resolve, reject) => {
      request.once('response', resolve).on('error', reject);
      body.once('error', reject).pipe(request);
    });
    const sent = await text(answer);
    return new Response(sent === '' ? null : sent, { status: answer.statusCode ?? 0, headers: headersOf(answer) });
  } finally {
    body.destroy();
    request.destroy();
  }
}

function headersOf({ headers }: http.IncomingMessage): Headers {
  const kept = new Headers();
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) kept.set(name, String(value));
  return kept;
}
