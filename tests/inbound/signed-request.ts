/** A callback as it goes over the wire, byte by byte, and whether it still is one that fal signed. */
export interface SignedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer;
  readonly framing: Framing;
}

export const FRAMINGS = ['length', 'chunked', 'truncated', 'too_short', 'too_long', 'both'] as const;
export type Framing = (typeof FRAMINGS)[number];

export const SIGNED_HEADERS = [
  'x-fal-webhook-request-id',
  'x-fal-webhook-user-id',
  'x-fal-webhook-timestamp',
  'x-fal-webhook-signature',
] as const;

/**
 * Whether it comes to a URL with its token and is, whole, what fal has signed; other spellings of the path, other headers
 * beside the signed four and whole chunks change nothing of that. fal's signature does not cover the URL: that the request
 * is that attempt's is never believed, but checked with fal.
 */
export function isCredible(request: SignedRequest, genuine: readonly SignedRequest[]): boolean {
  return (
    request.method === 'POST' &&
    (request.framing === 'length' || request.framing === 'chunked') &&
    genuine.some(({ path }) => decoded(request.path) === path.slice(1)) &&
    genuine.some((signed) => isSignedAs(request, signed))
  );
}

function isSignedAs(request: SignedRequest, signed: SignedRequest): boolean {
  if (!request.body.equals(signed.body)) return false;
  return SIGNED_HEADERS.every((name) => {
    const values = valuesOf(request, name);
    return values.length === 1 && values[0]?.trim() === valuesOf(signed, name)[0];
  });
}

/** Whether a reader knows at its last byte that it has all of it. */
export function isWhole({ framing }: SignedRequest): boolean {
  return framing !== 'truncated' && framing !== 'too_long';
}

export function valuesOf({ headers }: SignedRequest, name: string): string[] {
  return headers.filter(([candidate]) => candidate.toLowerCase() === name).map(([, value]) => value);
}

/** As the router reads it, without its first character, of which it asks nothing. */
function decoded(path: string): string | null {
  try {
    return decodeURIComponent(path.slice(1).split(/[?#]/, 1)[0] ?? '');
  } catch {
    return null;
  }
}

export function bytesOf({ method, path, headers, body, framing }: SignedRequest): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, 'host: reelay', ...headers.map(([name, value]) => `${name}: ${value}`)];
  const head = Buffer.from([...lines, ...lengthOf(framing, body), '', ''].join('\r\n'), 'latin1');
  if (framing === 'truncated') return Buffer.concat([head, body.subarray(0, body.length / 2)]);
  return Buffer.concat([head, framing === 'chunked' || framing === 'both' ? chunked(body) : body]);
}

function lengthOf(framing: Framing, { length }: Buffer): string[] {
  switch (framing) {
    case 'length':
    case 'truncated':
      return [`content-length: ${length}`];
    case 'too_short':
      return [`content-length: ${Math.max(0, length - 3)}`];
    case 'too_long':
      return [`content-length: ${length + 3}`];
    case 'chunked':
      return ['transfer-encoding: chunked'];
    case 'both':
      return ['transfer-encoding: chunked', `content-length: ${length}`];
  }
}

function chunked(body: Buffer): Buffer {
  const middle = Math.floor(body.length / 2);
  const pieces = [body.subarray(0, middle), body.subarray(middle)].filter(({ length }) => length > 0);
  const framed = pieces.flatMap((piece) => [
    Buffer.from(`${piece.length.toString(16)}\r\n`),
    piece,
    Buffer.from('\r\n'),
  ]);
  return Buffer.concat([...framed, Buffer.from('0\r\n\r\n')]);
}
