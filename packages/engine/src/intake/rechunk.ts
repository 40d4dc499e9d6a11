/**
 * Bytes as they come into pieces of CHUNK_BYTES, the last one marked. The source is left where it stands when the reader
 * stops early: closing it would cut off the client before it has read why.
 */
export const CHUNK_BYTES = 256 * 1024;

export interface Piece {
  readonly bytes: Uint8Array;
  readonly isLast: boolean;
}

export async function* rechunk(source: AsyncIterable<Uint8Array>): AsyncGenerator<Piece> {
  const incoming = source[Symbol.asyncIterator]();
  let held: Uint8Array[] = [];
  let size = 0;
  for (let next = await incoming.next(); !next.done; next = await incoming.next()) {
    held.push(next.value);
    size += next.value.byteLength;
    if (size <= CHUNK_BYTES) continue;
    const bytes = Buffer.concat(held, size);
    let start = 0;
    for (; size - start > CHUNK_BYTES; start += CHUNK_BYTES) {
      yield { bytes: bytes.subarray(start, start + CHUNK_BYTES), isLast: false };
    }
    held = [bytes.subarray(start)];
    size -= start;
  }
  if (size > 0) yield { bytes: Buffer.concat(held, size), isLast: true };
}
