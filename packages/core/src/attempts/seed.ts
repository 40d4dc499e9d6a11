/**
 * A seed that can be derived again after a restore, and makes the input stored at fal a fingerprint of its attempt.
 * `digest` is sha256 of "<job id>:<attempt number>"; hashing is done by the caller, because core does no I/O.
 */
export function seedFromDigest(digest: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = digest;
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 1;
}
