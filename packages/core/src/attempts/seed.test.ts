import fc from 'fast-check';
import { expect, it } from 'vitest';
import { seedFromDigest } from './seed.ts';

it.each([
  [[0xff, 0xff, 0xff, 0xff], 2 ** 31 - 1],
  [[0x80, 0, 0, 0], 2 ** 30],
  [[0, 0, 0, 2], 1],
  [[0, 0, 0, 1], 0],
  [[0x12, 0x34, 0x56, 0x78], 0x12345678 >>> 1],
])('takes the first 31 bits of %j', (digest, seed) => {
  expect(seedFromDigest(Uint8Array.from(digest))).toBe(seed);
});

it('is an integer of 31 bits for every digest, and reads no further than four bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), (digest) => {
      const seed = seedFromDigest(digest);
      expect(Number.isInteger(seed) && seed >= 0 && seed < 2 ** 31).toBe(true);
      expect(seedFromDigest(digest.slice(0, 4))).toBe(seed);
    }),
  );
});
