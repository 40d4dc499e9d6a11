/** Why nothing, or no whole answer, came back. */

export type FailureReason =
  | 'dns'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'timeout'
  | 'tls'
  /** What came back is not HTTP, or is more of it than is read. */
  | 'protocol'
  /** The caller gave up. */
  | 'aborted';

export interface Failure {
  readonly kind: 'failed';
  readonly reason: FailureReason;
  /** The system's own word, such as DEPTH_ZERO_SELF_SIGNED_CERT. */
  readonly code: string | null;
}

const REASONS: Readonly<Record<string, FailureReason>> = {
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  ECONNREFUSED: 'refused',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  ECONNRESET: 'reset',
  EPIPE: 'reset',
  ETIMEDOUT: 'timeout',
};

/** `otherwise`: the reason of an error whose code says nothing, by the stage in which it came. */
export function failureOf(error: unknown, otherwise: FailureReason): Failure {
  const code = codeOf(error);
  return { kind: 'failed', reason: (code === null ? undefined : REASONS[code]) ?? otherwise, code };
}

function codeOf(error: unknown): string | null {
  if (!(error instanceof Error) || !('code' in error)) return null;
  return typeof error.code === 'string' ? error.code : null;
}
