import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findBlock } from './blocked-ranges.ts';

/** An oracle of plain arithmetic, with nothing of node:net in it. */
const PUBLIC_HOLES_V4: readonly (readonly [net: number, bits: number])[] = [
  ...([
    [0x00000000, 8],
    [0x0a000000, 8],
    [0x64400000, 10],
    [0x7f000000, 8],
    [0xa9fe0000, 16],
    [0xac100000, 12],
  ] as const),
  ...([
    [0xc0000000, 24],
    [0xc0000200, 24],
    [0xc0586300, 24],
    [0xc0a80000, 16],
    [0xc6120000, 15],
  ] as const),
  ...([
    [0xc6336400, 24],
    [0xcb007100, 24],
    [0xe0000000, 4],
    [0xf0000000, 4],
  ] as const),
];

function isPublicV4(address: number): boolean {
  return !PUBLIC_HOLES_V4.some(([net, bits]) => Math.floor(address / 2 ** (32 - bits)) === net / 2 ** (32 - bits));
}

const dotted = (address: number) => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join('.');
const group = fc.integer({ min: 0, max: 0xffff });
const anyV4 = fc.integer({ min: 0, max: 0xffffffff });
/** At the seams of the ranges, where an off-by-one would show. */
const seamV4 = fc
  .constantFrom(...PUBLIC_HOLES_V4)
  .chain(([net, bits]) => fc.constantFrom(net - 1, net, net + 2 ** (32 - bits) - 1, net + 2 ** (32 - bits)))
  .filter((address) => address >= 0 && address <= 0xffffffff);

describe('IPv4', () => {
  it('is blocked exactly inside the ranges', () => {
    fc.assert(
      fc.property(fc.oneof(anyV4, seamV4), (address) => {
        expect(findBlock(dotted(address)) === null).toBe(isPublicV4(address));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('IPv6', () => {
  it('is blocked outside 2000::/3, whatever the rest is', () => {
    fc.assert(
      fc.property(fc.array(group, { minLength: 8, maxLength: 8 }), (groups) => {
        const [first = 0, second = 0] = groups;
        const isOutside = first < 0x2000 || first > 0x3fff;
        const isInside =
          first === 0x2002 ||
          (first === 0x2001 && (second < 0x200 || second === 0xdb8)) ||
          (first === 0x3fff && second < 0x1000);
        const address = groups.map((part) => part.toString(16)).join(':');
        expect(findBlock(address) !== null, address).toBe(isOutside || isInside);
      }),
      { numRuns: 2_000 },
    );
  });

  it('is blocked wherever it carries an IPv4 address, in each of its spellings', () => {
    const prefixes = ['::', '::ffff:', '::ffff:0:', '64:ff9b::', '0:0:0:0:0:ffff:', '64:FF9B:0:0:0:0:'];
    fc.assert(
      fc.property(anyV4, fc.constantFrom(...prefixes), (address, prefix) => {
        const hex = `${((address >>> 16) & 0xffff).toString(16)}:${(address & 0xffff).toString(16)}`;
        expect(findBlock(`${prefix}${dotted(address)}`)).not.toBeNull();
        expect(findBlock(`${prefix}${hex}`)).not.toBeNull();
        expect(findBlock(`2002:${hex}::1`)).not.toBeNull();
      }),
    );
  });
});

it('what is no address, or has a zone, is blocked', () => {
  for (const text of ['', 'example.com', '1.2.3', '0x7f.1', 'fe80::1%eth0', '2606:4700::1%lo', '::g']) {
    expect(findBlock(text), text).not.toBeNull();
  }
});
