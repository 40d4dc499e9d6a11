/** What the platform last said a unit costs. */
import type { Tx } from '../client.ts';

export async function storeUnitPrice(
  tx: Tx,
  price: { readonly model: string; readonly unitPriceNanoUsd: bigint; readonly unit: string | null },
): Promise<void> {
  await tx.$executeRaw`
    INSERT INTO prices_seen (model, unit_price_nano_usd, unit) VALUES (${price.model}, ${price.unitPriceNanoUsd}::bigint, ${price.unit})
    ON CONFLICT (model) DO UPDATE SET unit_price_nano_usd = EXCLUDED.unit_price_nano_usd, unit = EXCLUDED.unit, seen_at = now()`;
}

/** Null when the platform was never heard on it. */
export async function readSeenUnitPrice(tx: Tx, model: string): Promise<bigint | null> {
  const seen = await tx.priceSeen.findUnique({ where: { model }, select: { unit_price_nano_usd: true } });
  return seen?.unit_price_nano_usd ?? null;
}
