import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { World } from '../world.ts';
import { idListSchema, readQuery } from './read-query.ts';
import { toUsd } from './usd.ts';

const NANO_USD = 1_000_000_000;

/** Told of an account that never runs out. */
const UNLIMITED_USD = 1_000_000;

const querySchema = z.object({ expand: idListSchema.optional() });

export function readAccountBilling(world: World, http: FastifyRequest) {
  const wantsCredits = readQuery(http, querySchema).expand?.includes('credits');
  const credits = { current_balance: toUsd(balanceNanoUsd(world)), currency: 'USD' };
  return { username: 'fal-sim', ...(wantsCredits ? { credits } : {}) };
}

/** Locked means exhausted: that is the reason a submit is given. */
function balanceNanoUsd({ ledger, settings }: World): bigint {
  if (ledger.state.locked) return 0n;
  const balance = BigInt(Math.round((settings.balanceUsd ?? UNLIMITED_USD) * NANO_USD));
  const left = balance - ledger.state.billedSinceUnlockNanoUsd;
  return left > 0n ? left : 0n;
}
