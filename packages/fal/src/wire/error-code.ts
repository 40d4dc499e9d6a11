/** The code that Node or undici gave an error: short, and free of addresses, bodies and secrets, unlike its message. */
export function errorCode(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'UNKNOWN';
}
