import { type Failure, findModel, nextEvidenceMs, unknownSlotMs } from '@reelay/core';
import { addEvidence, markUnknown, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';

/** How it became unknown: `alive` when the sender itself says so, and will send nothing more. */
export interface Cause {
  readonly failure: Failure;
  readonly alive: boolean;
}

/** sending → unknown: holds its slot as long as it probably runs, and is looked for on the evidence schedule. */
export async function becomeUnknown(
  context: Context,
  tx: Tx,
  attempt: { readonly id: string; readonly model: string },
  { failure, alive }: Cause,
): Promise<boolean> {
  const model = findModel(attempt.model);
  const slotMs = model ? unknownSlotMs(model, context.policy) : 0;
  const checkMs = nextEvidenceMs(context.policy, 0) ?? 0;
  const won = await markUnknown(tx, attempt.id, { failure, slotMs, checkMs });
  await addSenderEvidence(tx, attempt.id, { failure, alive });
  return won;
}

/** A sender's word on an attempt that is unknown, whoever made it so. */
export function addSenderEvidence(tx: Tx, attemptId: string, { failure, alive }: Cause): Promise<void> {
  return addEvidence(tx, attemptId, { source: 'sender', alive, failure: failure.kind });
}
