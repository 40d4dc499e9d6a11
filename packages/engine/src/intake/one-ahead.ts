/** Fetches what follows while the caller is busy with what it has. A failure is told when its turn comes. */
export async function* oneAhead<T>(source: AsyncIterable<T>): AsyncGenerator<T> {
  const items = source[Symbol.asyncIterator]();
  let next = items.next();
  try {
    for (;;) {
      const item = await next;
      if (item.done) return;
      next = items.next();
      // Waited for in the next round; until then its failure has no other listener.
      next.catch(() => {});
      yield item.value;
    }
  } finally {
    await items.return?.();
  }
}
