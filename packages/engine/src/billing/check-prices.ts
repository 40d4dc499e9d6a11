/** Reads what the platform says a unit costs now, keeps it to charge by, and says where the catalogue differs. */
import { findModel, formatUsd, MODELS } from '@reelay/core';
import { closeIncidentsUnder, inTransaction, raiseIncident, storeUnitPrice } from '@reelay/db';
import type { UnitPrice } from '@reelay/fal';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';

export async function checkPrices(context: Context): Promise<void> {
  const read = await context.fal.readUnitPrices(MODELS.map(({ id }) => id));
  if (read.kind === 'unavailable') context.log.warn({ why: read.failure.message }, 'the price list cannot be read');
  if (read.kind !== 'read') return;
  for (const price of read.prices) await keepPrice(context, price);
}

async function keepPrice(context: Context, { endpointId: model, unitPriceNanoUsd, unit }: UnitPrice): Promise<void> {
  const expected = findModel(model)?.unitPriceNanoUsd;
  if (expected === undefined) return;
  const drifts = unitPriceNanoUsd !== expected;
  const isNew = await inTransaction(context.db, async (tx) => {
    await storeUnitPrice(tx, { model, unitPriceNanoUsd, unit });
    if (!drifts) {
      await closeIncidentsUnder(tx, 'price_drift', `${model}:`);
      return false;
    }
    const [listed, catalogue] = [formatUsd(unitPriceNanoUsd), formatUsd(expected)];
    return raiseIncident(tx, {
      id: newId(context, 'incident'),
      projectId: null,
      kind: 'price_drift',
      key: `${model}:${listed}`,
      message: `fal lists a unit of ${model} at $${listed}, the catalogue at $${catalogue}: jobs are charged by fal's price and estimated by the catalogue's; update the catalogue`,
      detail: { model, unit, listed, catalogue },
    });
  });
  if (isNew) context.log.warn({ model, listed: String(unitPriceNanoUsd), catalogue: String(expected) }, 'price drift');
}
