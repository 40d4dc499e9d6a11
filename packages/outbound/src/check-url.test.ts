import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PUBLIC_ONLY, parseAllowList } from './allow-list.ts';
import { findBlock } from './blocked-ranges.ts';
import { checkUrl } from './check-url.ts';

const verdictOf = (text: string) => checkUrl(text, PUBLIC_ONLY);

function allowing(text: string) {
  const read = parseAllowList(text);
  if (read.kind === 'invalid') throw new Error(read.entry);
  return read;
}

it.each([
  'https://hooks.example.com/a?b=c',
  'https://hooks.example.com:443/',
  'https://hooks.example.com./',
  'https://8.8.8.8/',
  'https://[2606:4700:4700::1111]/',
  'https://bücher.example.com/',
])('%s may be called', (text) => {
  expect(verdictOf(text)).toMatchObject({ kind: 'open', target: { port: 443, isTls: true } });
});

it.each([
  ['http://hooks.example.com/', 'only https is called, and it is http'],
  ['https://hooks.example.com:22/', 'only port 443 is called, and it names 22'],
  ['https://me:pw@hooks.example.com/', 'it carries a user name or password'],
  ['https://2130706433/', '127.0.0.1 is a loopback address'],
  ['https://[::ffff:127.0.0.1]/', '::ffff:7f00:1 is an IPv4 address in IPv6 form'],
  ['https://169.254.169.254/latest', '169.254.169.254 is a link-local address'],
  ['https://localhost/', 'localhost is not a public host name'],
  ['hooks.example.com', 'it is not an absolute URL'],
  ['ftp://hooks.example.com/', 'it is not an https URL'],
])('%s is blocked, and the reason says why', (text, reason) => {
  expect(verdictOf(text)).toEqual({ kind: 'blocked', reason });
});

it('every spelling of an IPv4 address gets the verdict of the address', () => {
  const spelled = fc.integer({ min: 0, max: 0xffffffff }).chain((address) => {
    const parts = [24, 16, 8, 0].map((shift) => (address >>> shift) & 255);
    const [a = 0, b = 0] = parts;
    const part = (value: number) => fc.constantFrom(`${value}`, `0x${value.toString(16)}`, `0${value.toString(8)}`);
    const forms = [
      fc.tuple(...parts.map(part)),
      fc.tuple(part(a), part(b), part(address % 2 ** 16)),
      fc.tuple(part(a), part(address % 2 ** 24)),
      fc.tuple(part(address)),
    ].map((form) => (form as fc.Arbitrary<string[]>).map((pieces) => pieces.join('.')));
    return fc.record({ plain: fc.constant(parts.join('.')), text: fc.oneof(...forms), dot: fc.constantFrom('', '.') });
  });
  fc.assert(
    fc.property(spelled, ({ plain, text, dot }) => {
      expect(verdictOf(`https://${text}${dot}/`).kind).toBe(findBlock(plain) === null ? 'open' : 'blocked');
    }),
    { numRuns: 2_000 },
  );
});

it('no text makes it throw, and nothing that is open leads by its text to a blocked address', () => {
  const text = fc.oneof(fc.string({ unit: 'binary' }), fc.webUrl({ withQueryParameters: true }), fc.webAuthority());
  fc.assert(
    fc.property(text, fc.constantFrom('', 'https://', 'https://127.0.0.1'), (rest, start) => {
      const verdict = verdictOf(start + rest);
      if (verdict.kind === 'blocked') return;
      const { target } = verdict;
      expect(target.isTls && target.port === 443 && target.url.username === '').toBe(true);
      expect(target.isAddress && findBlock(target.host) !== null).toBe(false);
    }),
    { numRuns: 2_000 },
  );
});

describe('the allow list', () => {
  it.each([
    ['sink:3000', 'http://sink:3000/', 'open'],
    ['sink:3000', 'http://sink:3001/', 'blocked'],
    ['sink', 'http://sink:3001/', 'open'],
    ['SINK.internal', 'http://sink.INTERNAL./', 'open'],
    ['sink', 'http://sink.internal/', 'blocked'],
    ['127.0.0.1', 'http://127.1:8080/', 'open'],
    ['127.0.0.1:80', 'http://127.0.0.1/', 'open'],
    ['127.0.0.1:80', 'http://127.0.0.1:81/', 'blocked'],
    ['127.0.0.0/8', 'http://127.9.9.9:1234/', 'open'],
    ['127.0.0.0/8', 'http://[::1]/', 'blocked'],
    ['127.0.0.0/8', 'http://localhost/', 'blocked'],
    ['[::1]:9000', 'http://[0:0::1]:9000/', 'open'],
    ['::1', 'http://[::1]:1/', 'open'],
    ['fd00::/8', 'https://[fd12::1]/', 'open'],
    ['127.0.0.0/8', 'http://user@127.0.0.1/', 'blocked'],
  ])('with %s, %s is %s', (allow, url, kind) => {
    expect(checkUrl(url, allowing(allow)).kind).toBe(kind);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0.0/',
    'http://sink',
    'sink/path',
    'a@b',
    'sink:99999',
    '*',
    '[::1',
    '::1%lo',
    '1.2.3.4/8/8',
  ])('%s is refused', (entry) => {
    expect(parseAllowList(`127.0.0.1, ${entry}`)).toEqual({ kind: 'invalid', entry });
  });
});
