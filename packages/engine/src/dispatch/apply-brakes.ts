/**
 * Stops batches that should not be submitted from any more, before dispatch reserves: by a brake that they were given, or
 * because their pilot has ended. Runs in dispatch's transaction, so that no job is reserved after the verdict; pause and
 * event are written together. Only a person's resume takes these pauses back.
 */
import { type BrakeFacts, type BrakeReason, brakeMessage, formatUsd, judgeBrakes } from '@reelay/core';
import { type BrakedBatch, pauseByItself, readBrakedBatches, readMainCause, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellBatch } from '../events/tell-batch.ts';

/** The batches that nothing may be reserved from now. */
export async function applyBrakes(context: Context, tx: Tx): Promise<ReadonlySet<string>> {
  const stopped = new Set<string>();
  for (const batch of await readBrakedBatches(tx)) {
    const reason = judgeBrakes(factsOf(batch)) ?? (batch.pilot_done ? 'pilot' : null);
    if (reason === null) continue;
    stopped.add(batch.id);
    await stop(context, tx, batch, reason);
  }
  return stopped;
}

async function stop(context: Context, tx: Tx, batch: BrakedBatch, reason: BrakeReason | 'pilot'): Promise<void> {
  const detail = reason === 'pilot' ? PILOT_ENDED : await detailOf(tx, batch, reason);
  if (!(await pauseByItself(tx, batch, reason, detail))) return;
  const target = { projectId: batch.project_id, batchId: batch.id };
  await tellBatch(context, tx, 'batch.paused', target, { stop: { reason, ...detail } });
  context.log.warn({ batchId: batch.id, reason, ...detail }, 'batch paused itself');
}

const PILOT_ENDED = {
  message: 'The pilot has ended. Look at what it cost and how it failed; resume the batch to release the other rows.',
};

async function detailOf(tx: Tx, batch: BrakedBatch, reason: BrakeReason) {
  const facts = factsOf(batch);
  const cause = await readMainCause(tx, batch, reason);
  return {
    message: brakeMessage(reason, facts, cause),
    main_cause: cause,
    ...(facts.maxWasteNanoUsd === null
      ? {}
      : { wasted: formatUsd(facts.wastedNanoUsd), max_waste: formatUsd(facts.maxWasteNanoUsd) }),
    ...(facts.pauseIf === null
      ? {}
      : {
          ended: facts.ended,
          failed: facts.failed,
          pause_if: { error_rate: facts.pauseIf.errorRate, window: facts.pauseIf.window },
        }),
  };
}

function factsOf(batch: BrakedBatch): BrakeFacts {
  const { pause_if_error_rate: errorRate, pause_if_window: window } = batch;
  return {
    maxWasteNanoUsd: batch.max_waste_nano_usd,
    wastedNanoUsd: batch.wasted_nano_usd,
    pauseIf: errorRate === null || window === null ? null : { errorRate, window },
    ended: batch.recently_ended,
    failed: batch.recently_failed,
  };
}
