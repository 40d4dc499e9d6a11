/** What a forger may do to a signed callback. Plain values, so that a failing case prints as what it is. */
import fc from 'fast-check';
import { FRAMINGS, SIGNED_HEADERS, type SignedRequest, valuesOf } from './signed-request.ts';

const EXTRA_HEADERS = [
  ['content-type', 'text/html'],
  ['content-type', 'garbage'],
  ['content-type', 'multipart/form-data'],
  ['content-encoding', 'gzip'],
  ['transfer-encoding', 'gzip'],
  ['content-length', '1'],
  ['content-length', '-1'],
  ['expect', '100-continue'],
  ['expect', 'nothing'],
  ['upgrade', 'websocket'],
  ['connection', 'keep-alive, x-fal-webhook-signature'],
  ['authorization', 'Bearer rl_x'],
  ['x-http-method-override', 'PUT'],
  ['x-request-id', 'a"b{}'],
  ['x-forwarded-for', '127.0.0.1'],
  ['x-fal-webhook-key-id', '0'],
  ['x-fal-webhook-signature ', 'spaced'],
  ['', 'unnamed'],
] as const;

const SUFFIXES = [
  '/',
  '//',
  '/..',
  '/x',
  '?x=1',
  '?a[__proto__][b]=1',
  '#x',
  '%',
  '%00',
  '%2f',
  '%0a',
  ';x',
  '\\',
  ' x',
  '\t',
];
const METHODS = ['GET', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'HEAD', 'post', 'TRACE', 'CONNECT', 'FORGE'];

const at = fc.nat({ max: 4096 });
const which = fc.constantFrom(...SIGNED_HEADERS);
const twist = fc.integer({ min: 1, max: 255 });
const bytes = fc.uint8Array({ maxLength: 200 });
const anyValue = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.stringMatching(/^[0-9a-f]{126,130}$/),
  fc.stringMatching(/^\d{9,13}$/),
  fc.constantFrom(
    '',
    ' ',
    '0'.repeat(128),
    'f'.repeat(128),
    '1e9',
    '-1',
    '0x10',
    'a\nb',
    'a\r\nx: y',
    'a'.repeat(20_000),
  ),
);

export const anyMutation = fc.oneof(
  fc.record({ kind: fc.constant('body.flip'), at, twist }),
  fc.record({ kind: fc.constant('body.insert'), at, bytes }),
  fc.record({ kind: fc.constant('body.cut'), at }),
  fc.record({
    kind: fc.constant('body.replace'),
    bytes: fc.oneof(
      bytes,
      fc.json().map((text) => Buffer.from(text)),
    ),
  }),
  fc.record({ kind: fc.constant('body.respell') }),
  fc.record({ kind: fc.constant('header.drop'), which }),
  fc.record({ kind: fc.constant('header.double'), which, value: fc.option(anyValue, { nil: null }) }),
  fc.record({ kind: fc.constant('header.set'), which, value: anyValue }),
  fc.record({ kind: fc.constant('header.flip'), which, at, twist }),
  fc.record({ kind: fc.constant('header.upper'), which }),
  fc.record({ kind: fc.constant('header.pad'), which }),
  fc.record({ kind: fc.constant('header.of_other'), which }),
  fc.record({ kind: fc.constant('header.extra'), extra: fc.constantFrom(...EXTRA_HEADERS) }),
  fc.record({ kind: fc.constant('header.flood'), count: fc.integer({ min: 1, max: 3_000 }) }),
  fc.record({ kind: fc.constant('time.shift'), seconds: fc.integer({ min: -100_000, max: 100_000 }) }),
  fc.record({ kind: fc.constant('path.flip'), at, twist }),
  fc.record({ kind: fc.constant('path.cut'), at }),
  fc.record({ kind: fc.constant('path.encode'), at }),
  fc.record({ kind: fc.constant('path.suffix'), suffix: fc.constantFrom(...SUFFIXES) }),
  fc.record({ kind: fc.constant('path.attempt_of_other') }),
  fc.record({ kind: fc.constant('path.token_of_other') }),
  fc.record({ kind: fc.constant('path.turned') }),
  fc.record({ kind: fc.constant('method'), method: fc.constantFrom(...METHODS) }),
  fc.record({ kind: fc.constant('framing'), framing: fc.constantFrom(...FRAMINGS) }),
);

export type Mutation = typeof anyMutation extends fc.Arbitrary<infer Value> ? Value : never;

/** `other` is a callback for another attempt, which the forger may have seen too. */
export function mutate(request: SignedRequest, mutation: Mutation, other: SignedRequest): SignedRequest {
  if (mutation.kind.startsWith('body')) return { ...request, body: bodyAfter(request.body, mutation) };
  if (mutation.kind.startsWith('path')) return { ...request, path: pathAfter(request.path, mutation, other.path) };
  if ('method' in mutation) return { ...request, method: mutation.method };
  if ('framing' in mutation) return { ...request, framing: mutation.framing };
  return { ...request, headers: headersAfter(request, mutation, other) };
}

function bodyAfter(body: Buffer, mutation: Mutation): Buffer {
  if ('twist' in mutation) return flipped(body, mutation.at, mutation.twist);
  if ('at' in mutation) {
    const cut = mutation.at % (body.length + 1);
    if (!('bytes' in mutation)) return body.subarray(0, cut);
    return Buffer.concat([body.subarray(0, cut), mutation.bytes, body.subarray(cut)]);
  }
  if ('bytes' in mutation) return Buffer.from(mutation.bytes);
  return Buffer.from(body.toString('latin1').replaceAll(':', ' :'), 'latin1');
}

function pathAfter(path: string, mutation: Mutation, otherPath: string): string {
  const [, hooks, fal, attempt, token] = path.split('/');
  const [, , , otherAttempt, otherToken] = otherPath.split('/');
  if ('suffix' in mutation) return path + mutation.suffix;
  if ('twist' in mutation) return flipped(Buffer.from(path), mutation.at, mutation.twist).toString('latin1');
  if ('at' in mutation) {
    const cut = mutation.at % path.length;
    if (mutation.kind === 'path.cut') return path.slice(0, cut) || '/';
    return `${path.slice(0, cut)}%${path.charCodeAt(cut).toString(16).padStart(2, '0')}${path.slice(cut + 1)}`;
  }
  if (mutation.kind === 'path.attempt_of_other') return `/${hooks}/${fal}/${otherAttempt}/${token}`;
  if (mutation.kind === 'path.token_of_other') return `/${hooks}/${fal}/${attempt}/${otherToken}`;
  return `/${hooks}/${fal}/${token}/${attempt}`;
}

type Headers = SignedRequest['headers'];

function headersAfter(request: SignedRequest, mutation: Mutation, other: SignedRequest): Headers {
  const { headers } = request;
  if ('extra' in mutation) return [...headers, mutation.extra];
  if ('count' in mutation) {
    return [...headers, ...Array.from({ length: mutation.count }, (_, i) => [`x-${i}`, 'y'] as const)];
  }
  const name = 'which' in mutation ? mutation.which : 'x-fal-webhook-timestamp';
  const value = valuesOf(request, name)[0] ?? '';
  const rest = headers.filter(([candidate]) => candidate !== name);
  switch (mutation.kind) {
    case 'header.drop':
      return rest;
    case 'header.double':
      return [...headers, [name, 'value' in mutation ? (mutation.value ?? value) : value]];
    case 'header.upper':
      return [...rest, [name.toUpperCase(), value.toUpperCase()]];
    case 'header.pad':
      return [...rest, [name, ` \t${value} `]];
    case 'header.of_other':
      return [...rest, [name, valuesOf(other, name)[0] ?? '']];
    case 'time.shift':
      return [...rest, [name, String(Number(value) + ('seconds' in mutation ? mutation.seconds : 0))]];
  }
  if ('twist' in mutation)
    return [...rest, [name, flipped(Buffer.from(value, 'latin1'), mutation.at, mutation.twist).toString('latin1')]];
  return [...rest, [name, 'value' in mutation ? (mutation.value ?? '') : '']];
}

function flipped(original: Buffer, position: number, twistedBy: number): Buffer {
  const copy = Buffer.from(original);
  if (copy.length > 0) copy[position % copy.length] = (copy[position % copy.length] ?? 0) ^ twistedBy;
  return copy;
}
