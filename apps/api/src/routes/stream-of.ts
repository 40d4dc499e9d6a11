import { Readable } from 'node:stream';

/** A head, and what the first question to the database brings. */
const FIRST_CHUNKS = 2;

/** Begins to read before anything is sent: a database that is gone is then a 503, and not a file that breaks off. */
export async function streamOf<Chunk extends string | Uint8Array>(chunks: AsyncIterable<Chunk>): Promise<Readable> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first: Chunk[] = [];
  while (first.length < FIRST_CHUNKS) {
    const next = await iterator.next();
    if (next.done) return Readable.from(first);
    first.push(next.value);
  }
  return Readable.from(resumed(first, iterator));
}

async function* resumed<Chunk>(first: readonly Chunk[], rest: AsyncIterator<Chunk>): AsyncGenerator<Chunk> {
  try {
    yield* first;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  } finally {
    await rest.return?.();
  }
}
