import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ID_PREFIXES, ID_RANDOM_BYTES, type IdKind, isId, makeId } from './ids.ts';

const KINDS = Object.keys(ID_PREFIXES) as IdKind[];
const kinds = fc.constantFrom(...KINDS);
const times = fc.nat(2 ** 48 - 1);
const chances = fc.uint8Array({ minLength: ID_RANDOM_BYTES, maxLength: ID_RANDOM_BYTES });

it('carries a known time and chance in fixed digits', () => {
  const all = new Uint8Array(ID_RANDOM_BYTES);

  expect(makeId('job', 0, all)).toBe('job_00000000000000000000000000');
  expect(makeId('batch', 2 ** 48 - 1, all.fill(255))).toBe('batch_7zzzzzzzzzzzzzzzzzzzzzzzzz');
  expect(makeId('attempt', 33, all.fill(0))).toBe('att_00000000110000000000000000');
});

describe('every id', () => {
  it('is an id of its own kind and of no other', () => {
    fc.assert(
      fc.property(kinds, times, chances, (kind, nowMs, random) => {
        const id = makeId(kind, nowMs, random);
        return KINDS.every((other) => isId(other, id) === (other === kind));
      }),
    );
  });

  it('sorts by the time it was made, whatever chance says', () => {
    fc.assert(
      fc.property(times, times, chances, chances, (a, b, first, second) => {
        fc.pre(a !== b);
        return makeId('job', a, first) < makeId('job', b, second) === a < b;
      }),
    );
  });

  it('differs from another of the same millisecond when chance differs', () => {
    fc.assert(
      fc.property(times, chances, chances, (nowMs, a, b) => {
        const same = a.every((byte, i) => byte === b[i]);
        return (makeId('job', nowMs, a) === makeId('job', nowMs, b)) === same;
      }),
    );
  });
});

it.each([0, ID_RANDOM_BYTES - 1, ID_RANDOM_BYTES + 1])('refuses to be made of %i random bytes', (length) => {
  expect(() => makeId('job', 0, new Uint8Array(length))).toThrow(RangeError);
});

const BODY = '01j8zqk5t7aaaaaaaaaaaaaaaa';

it.each([
  ['nothing', ''],
  ['no prefix', BODY],
  ['another prefix', `batch_${BODY}`],
  ['an unknown prefix', `jobs_${BODY}`],
  ['no underscore', `job${BODY}`],
  ['no body', 'job_'],
  ['a body too short', `job_${BODY.slice(1)}`],
  ['a body too long', `job_${BODY}0`],
  ['upper case', `job_${BODY.toUpperCase()}`],
  ['a letter that reads like a digit (i)', `job_i${BODY.slice(1)}`],
  ['a letter that reads like a digit (l)', `job_l${BODY.slice(1)}`],
  ['a letter that reads like a digit (o)', `job_o${BODY.slice(1)}`],
  ['the letter u', `job_u${BODY.slice(1)}`],
  ['a line break behind it', `job_${BODY}\n`],
  ['a path behind it', `job_${BODY}/../x`],
  ['space before it', ` job_${BODY}`],
  ['a wildcard', `job_${BODY.slice(1)}%`],
])('%s is no id of a job', (_name, text) => {
  expect(isId('job', `job_${BODY}`)).toBe(true);
  expect(isId('job', text)).toBe(false);
});
