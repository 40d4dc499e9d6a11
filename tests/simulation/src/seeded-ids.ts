/**
 * Ids carry chance, and rows are sorted by id in places: for a seed to tell the same story twice, the chance in its ids
 * comes from the seed too. Everything else that asks node for random bytes gets what node has.
 */
import crypto from 'node:crypto';
import { syncBuiltinESMExports } from 'node:module';
import { ID_RANDOM_BYTES } from '@reelay/core';
import type { Chance } from './chance.ts';

const fromNode = crypto.randomBytes;

/** Until `restore` is called, ids are made from `chance`. */
export function seedIds(chance: Chance): { restore(): void } {
  const seeded = (size: number, callback?: (error: Error | null, bytes: Buffer) => void) => {
    if (callback) return fromNode(size, callback);
    if (size !== ID_RANDOM_BYTES) return fromNode(size);
    return Buffer.from(Array.from({ length: size }, () => chance.whole(0, 255)));
  };
  use(seeded as typeof fromNode);
  return { restore: () => use(fromNode) };
}

function use(randomBytes: typeof fromNode): void {
  crypto.randomBytes = randomBytes;
  syncBuiltinESMExports();
}
