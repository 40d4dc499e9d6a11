import { findModel } from '@reelay/core';
import { readSeenUnitPrice, type Tx } from '@reelay/db';

/** What a unit of the model costs: by the platform's own list as it was last read, else by the catalogue. */
export async function unitPriceOf(tx: Tx, model: string): Promise<bigint> {
  return (await readSeenUnitPrice(tx, model)) ?? findModel(model)?.unitPriceNanoUsd ?? 0n;
}
