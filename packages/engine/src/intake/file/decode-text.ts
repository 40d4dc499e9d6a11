/**
 * Bytes to text, strictly: a byte that does not belong ends the file with its position and line, because a replacement
 * character in a prompt would be paid for.
 */
import { TextDecoder } from 'node:util';
import type { TextEncoding } from './detect-encoding.ts';
import { FileFault, type FileProblem, fileProblem } from './file-problem.ts';

export async function* decodeText(chunks: AsyncIterable<Uint8Array>, encoding: TextEncoding): AsyncGenerator<string> {
  const decoder = new TextDecoder(encoding, { fatal: true });
  const seen = { bytes: 0, lineBreaks: 0 };
  let previous: Uint8Array = new Uint8Array();
  for await (const chunk of chunks) {
    const text = decodeNext(decoder, chunk, () => locate(previous, chunk, encoding, seen));
    seen.bytes += chunk.byteLength;
    seen.lineBreaks += countLineFeeds(text);
    previous = chunk;
    yield text;
  }
  const rest = decodeNext(decoder, null, () => cutOff(seen));
  if (rest !== '') yield rest;
}

/** The text of a file's first bytes; a character cut off at their end is left out unless the file ends there. */
export function decodeHead(head: Uint8Array, encoding: TextEncoding, isWhole: boolean): string {
  const seen = { bytes: 0, lineBreaks: 0 };
  const decoder = new TextDecoder(encoding, { fatal: true });
  const text = decodeNext(decoder, head, () => locate(new Uint8Array(), head, encoding, seen));
  if (isWhole) decodeNext(decoder, null, () => cutOff({ bytes: head.byteLength, lineBreaks: countLineFeeds(text) }));
  return text;
}

interface Seen {
  readonly bytes: number;
  readonly lineBreaks: number;
}

function decodeNext(decoder: TextDecoder, chunk: Uint8Array | null, problem: () => FileProblem): string {
  try {
    return chunk ? decoder.decode(chunk, { stream: true }) : decoder.decode();
  } catch (error) {
    if (error instanceof TypeError) throw new FileFault(problem());
    throw error;
  }
}

/** Finds the first bad byte by halving. A character may have begun in the chunk before, so that is tried along. */
function locate(previous: Uint8Array, chunk: Uint8Array, encoding: TextEncoding, seen: Seen): FileProblem {
  const start = characterStart(previous, encoding);
  const bytes = Buffer.concat([previous.subarray(start), chunk]);
  let good = 0;
  let bad = bytes.byteLength;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (decodes(bytes.subarray(0, middle), encoding, 'begun')) good = middle;
    else bad = middle;
  }
  // A character that has begun well is part of what is bad.
  while (good > 0 && !decodes(bytes.subarray(0, good), encoding, 'whole')) good -= 1;
  const before = new TextDecoder(encoding).decode(bytes.subarray(0, good));
  const alreadyCounted = countLineFeeds(new TextDecoder(encoding).decode(previous.subarray(start)));
  const line = 1 + seen.lineBreaks - alreadyCounted + countLineFeeds(before);
  const position = seen.bytes - (previous.byteLength - start) + good + 1;
  const name = encoding.toUpperCase();
  const message = `The file is not ${name}: byte ${position}, on line ${line}, belongs to no character. Save it as "CSV UTF-8" (or UTF-8) and send it again.`;
  return fileProblem('unreadable_encoding', message, { line });
}

function decodes(bytes: Uint8Array, encoding: TextEncoding, lastCharacter: 'whole' | 'begun'): boolean {
  try {
    new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: lastCharacter === 'begun' });
    return true;
  } catch {
    return false;
  }
}

/** The first byte at which a character begins: a chunk may start within one. */
function characterStart(bytes: Uint8Array, encoding: TextEncoding): number {
  if (encoding === 'utf-8') {
    const start = bytes.findIndex((byte) => (byte & 0xc0) !== 0x80);
    return Math.max(start, 0);
  }
  const high = bytes[encoding === 'utf-16le' ? 1 : 0] ?? 0;
  return (high & 0xfc) === 0xdc ? 2 : 0;
}

function cutOff(seen: Seen): FileProblem {
  const line = seen.lineBreaks + 1;
  const message = `The file ends in the middle of a character (byte ${seen.bytes}, line ${line}). It was probably cut off; send it again whole.`;
  return fileProblem('unreadable_encoding', message, { line });
}

function countLineFeeds(text: string): number {
  let count = 0;
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) count += 1;
  return count;
}
