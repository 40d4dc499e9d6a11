import { createHash } from 'node:crypto';

/** A number in [0, 1) that depends on its arguments alone, so a run can be repeated whatever the order of events. */
export function drawUnit(...parts: readonly (string | number)[]): number {
  const digest = createHash('sha256').update(parts.join('\n')).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
