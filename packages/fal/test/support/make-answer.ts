import type { Answer } from '../../src/wire/answer.ts';

/** An answer as it comes off the wire; a string body stays as it is, anything else becomes JSON. */
export function makeAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, header: (name) => headers[name] ?? null, body: { kind: 'whole', text } };
}
