/** Asks fal's platform what is left on the account. Needs a key with admin rights. */
import { costOfUnits } from '@reelay/core';
import { z } from 'zod';
import type { BalanceOutcome } from '../fal.ts';
import { type PlatformContext, readPages } from './read-pages.ts';

const NANO_PER_USD = 1_000_000_000n;

const Account = z.object({
  credits: z.object({ current_balance: z.number(), currency: z.literal('USD') }),
});

export async function readBalance(context: PlatformContext): Promise<BalanceOutcome> {
  const reading = await readPages(context, {
    path: '/account/billing',
    query: { expand: 'credits' },
    itemsOf: (account) => {
      const read = Account.safeParse(account);
      if (!read.success) return null;
      const balance = read.data.credits.current_balance;
      // An account may be in debt; that is as good as empty.
      const nanoUsd = balance <= 0 ? 0n : costOfUnits(String(balance), NANO_PER_USD);
      return nanoUsd === null ? null : [nanoUsd];
    },
  });
  if (reading.kind !== 'listed') return reading;
  const [balanceNanoUsd] = reading.items;
  return balanceNanoUsd === undefined ? { kind: 'not_available' } : { kind: 'read', balanceNanoUsd };
}
