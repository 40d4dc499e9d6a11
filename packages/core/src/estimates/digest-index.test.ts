import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIGEST_BYTES, DigestIndex } from './digest-index.ts';

/** Few distinct ones whose first word collides, so that groups and collisions happen. */
const digestOf = (first: number, last: number) => {
  const digest = new Uint8Array(DIGEST_BYTES);
  digest[3] = first;
  digest[DIGEST_BYTES - 1] = last;
  return digest;
};

describe('an index of digests', () => {
  it('counts every digest and keeps its first line, as a map would', () => {
    const row = fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 0, max: 9 }));
    fc.assert(
      fc.property(fc.array(row, { maxLength: 200 }), (rows) => {
        const index = new DigestIndex(1_000);
        const model = new Map<string, { count: number; firstLine: number }>();
        for (const [i, [first, last]] of rows.entries()) {
          const line = i + 2;
          const before = model.get(`${first}/${last}`) ?? { count: 0, firstLine: line };
          const expected = { count: before.count + 1, firstLine: before.firstLine };
          model.set(`${first}/${last}`, expected);
          expect(index.add(digestOf(first, last), line)).toEqual(expected);
        }
      }),
    );
  });

  it('remembers all of them while it grows', () => {
    const index = new DigestIndex(100_000);
    const digest = (n: number) => {
      const bytes = new Uint8Array(DIGEST_BYTES);
      new DataView(bytes.buffer).setUint32(0, n * 2_654_435_761);
      new DataView(bytes.buffer).setUint32(12, n);
      return bytes;
    };
    for (let n = 0; n < 5_000; n++) index.add(digest(n), n + 1);

    for (let n = 0; n < 5_000; n++) expect(index.add(digest(n), 99_999)).toEqual({ count: 2, firstLine: n + 1 });
    expect(index.isComplete).toBe(true);
  });

  it('says when it was full, and still knows what it holds', () => {
    const index = new DigestIndex(1);
    index.add(digestOf(1, 1), 2);

    expect(index.add(digestOf(1, 2), 3)).toBeNull();
    expect(index.isComplete).toBe(false);
    expect(index.add(digestOf(1, 1), 4)).toEqual({ count: 2, firstLine: 2 });
  });
});
