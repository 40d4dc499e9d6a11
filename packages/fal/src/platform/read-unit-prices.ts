/** Asks fal's platform what a unit of each model costs now. */
import { costOfUnits } from '@reelay/core';
import { z } from 'zod';
import type { UnitPricesOutcome } from '../fal.ts';
import { checkEndpointId } from '../ids.ts';
import { type PlatformContext, readPages } from './read-pages.ts';

const NANO_PER_USD = 1_000_000_000n;

const Page = z.object({
  prices: z.array(
    z.object({
      endpoint_id: z.string(),
      unit_price: z.number().nonnegative(),
      unit: z.string().max(100).nullish(),
      currency: z.literal('USD'),
    }),
  ),
});

export async function readUnitPrices(
  context: PlatformContext,
  endpointIds: readonly string[],
): Promise<UnitPricesOutcome> {
  for (const id of endpointIds) checkEndpointId(id);
  const reading = await readPages(context, {
    path: '/models/pricing',
    query: { endpoint_id: endpointIds.join(',') },
    itemsOf: (page) => {
      const read = Page.safeParse(page);
      if (!read.success) return null;
      return read.data.prices.flatMap(({ endpoint_id: endpointId, unit_price, unit }) => {
        // The decimal that fal wrote, not the double it became.
        const unitPriceNanoUsd = costOfUnits(String(unit_price), NANO_PER_USD);
        return unitPriceNanoUsd === null ? [] : [{ endpointId, unitPriceNanoUsd, unit: unit ?? null }];
      });
    },
  });
  return reading.kind === 'listed' ? { kind: 'read', prices: reading.items } : reading;
}
