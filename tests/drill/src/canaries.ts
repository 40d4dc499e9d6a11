/** The secrets of one drill. None of them may ever stand in a log. */
import { randomBytes } from 'node:crypto';

export interface Canaries {
  readonly falKey: string;
  readonly webhookSecret: string;
  readonly keyPepper: string;
}

export function makeCanaries(): Canaries {
  const secret = (name: string) => `canary-${name}-${randomBytes(24).toString('hex')}`;
  return { falKey: `drill:${secret('fal')}`, webhookSecret: secret('webhook'), keyPepper: secret('pepper') };
}
