import type { Charge } from '@reelay/core';
import type { AttemptWithJob, Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { raiseIfFarAbove } from './bill-incidents.ts';

export interface ChargedRequest {
  readonly requestId: string;
  readonly charge: Charge;
  readonly billableUnits: string | null;
}

/** A charge that is not what was expected is told of at once: the bill may come days later, or never. */
export async function tellOfCharge(
  context: Context,
  tx: Tx,
  loaded: AttemptWithJob,
  { requestId, charge, billableUnits }: ChargedRequest,
): Promise<void> {
  const { amountNanoUsd, unitsDisagree } = charge;
  if (unitsDisagree) {
    const { id: attemptId, job_id: jobId, reserved_nano_usd: estimated } = loaded.attempt;
    const fields = {
      attemptId,
      jobId,
      requestId,
      billableUnits,
      charged: String(amountNanoUsd),
      estimated: String(estimated),
    };
    context.log.warn(fields, "fal's units come to another price than was estimated");
  }
  await raiseIfFarAbove(context, tx, loaded, { requestId, costNanoUsd: amountNanoUsd, said: 'charged' });
}
