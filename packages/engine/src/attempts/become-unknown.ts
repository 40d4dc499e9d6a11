import { type Failure, findModel, nextEvidenceMs, unknownSlotMs } from '@reelay/core';
import { markUnknown, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';

/** sending → unknown: holds its slot as long as it probably runs, and is looked for on the evidence schedule. */
export function becomeUnknown(
  context: Context,
  tx: Tx,
  attempt: { readonly id: string; readonly model: string },
  failure: Failure,
): Promise<boolean> {
  const model = findModel(attempt.model);
  const slotMs = model ? unknownSlotMs(model, context.policy) : 0;
  return markUnknown(tx, attempt.id, { failure, slotMs, checkMs: nextEvidenceMs(context.policy, 0) });
}
