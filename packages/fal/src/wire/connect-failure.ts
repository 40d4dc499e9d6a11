/**
 * Decides whether a connection that could not be made proves that fal got nothing. It does when every address tried
 * was refused, unresolvable, unroutable or too slow, or when TLS failed; anything else proves nothing.
 */
import { errorCode } from './error-code.ts';

const NEVER_REACHED = new Set([
  'ECONNREFUSED',
  'EHOSTDOWN',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  'EADDRNOTAVAIL',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ENODATA',
  'ENOTFOUND',
]);

export interface ConnectFailure {
  readonly provesNothingSent: boolean;
  /** A short code for a person, such as `ECONNREFUSED`. */
  readonly code: string;
}

/**
 * `reachedTls` says that TCP stood when the connection failed. Node sends no application data before the handshake
 * ends, so whatever broke it, fal saw no request.
 */
export function classifyConnectFailure(error: unknown, reachedTls: boolean): ConnectFailure {
  const codes = codesOf(error);
  const code = codes[0] ?? 'UNKNOWN';
  if (reachedTls) return { provesNothingSent: true, code: `TLS ${code}` };
  const stray = codes.find((each) => !NEVER_REACHED.has(each));
  if (codes.length === 0 || stray !== undefined) return { provesNothingSent: false, code: stray ?? code };
  return { provesNothingSent: true, code };
}

/** One code per address tried: Node reports several addresses as an AggregateError that borrows the first one's code. */
function codesOf(error: unknown): string[] {
  if (error instanceof AggregateError) return error.errors.flatMap(codesOf);
  return [errorCode(error)];
}
