/** An HTTP answer reduced to what may be believed: a status, headers and a bounded body that says whether it is whole. */
import type { Dispatcher } from 'undici';

export interface Answer {
  readonly status: number;
  /** The header's value, by lower-case name; null when it is absent or repeated. */
  readonly header: (name: string) => string | null;
  readonly body: AnswerBody;
}

export type AnswerBody =
  | { readonly kind: 'whole'; readonly text: string }
  /** Cut off by fal or the network (`broken`), or by us (`too_large`). */
  | { readonly kind: 'cut'; readonly because: 'broken' | 'too_large' };

export async function readAnswer(response: Dispatcher.ResponseData, bodyBytesMax: number): Promise<Answer> {
  const { statusCode, headers } = response;
  const header = (name: string) => {
    const value = headers[name];
    return typeof value === 'string' ? value : null;
  };
  return { status: statusCode, header, body: await readBody(response.body, bodyBytesMax) };
}

async function readBody(body: Dispatcher.ResponseData['body'], bytesMax: number): Promise<AnswerBody> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for await (const chunk of body as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      if (bytes > bytesMax) return { kind: 'cut', because: 'too_large' };
      chunks.push(chunk);
    }
    return { kind: 'whole', text: new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)) };
  } catch {
    return { kind: 'cut', because: 'broken' };
  }
}
