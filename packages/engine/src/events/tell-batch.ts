/**
 * Tells a project of one of its batches, with the batch as the API shows it. Written in the transaction of the change,
 * after everything else that it writes about the batch.
 */
import type { EventType } from '@reelay/core';
import { appendEvent, type Tx } from '@reelay/db';
import type { BatchTarget } from '../batches/steer-report.ts';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import type { BatchView } from '../reads/batch-view.ts';
import { getBatch } from '../reads/get-batch.ts';

type BatchEvent = Extract<EventType, `batch.${string}`>;

/** `more`: what this change is about, beside the batch. */
export async function tellBatch(
  context: Pick<Context, 'db' | 'now'>,
  tx: Tx,
  type: BatchEvent,
  { projectId, batchId }: BatchTarget,
  more: object = {},
): Promise<void> {
  const batch = await readTold(context, tx, { projectId, batchId });
  await append(context, tx, type, projectId, { ...batch, ...more });
}

/** What became of a batch's rows: validated and, where nobody has to agree first, started; or failed as a whole. */
export async function tellVerdict(
  context: Pick<Context, 'db' | 'now'>,
  tx: Tx,
  { projectId, batchId }: BatchTarget,
): Promise<void> {
  const batch = await readTold(context, tx, { projectId, batchId });
  if (batch.failed_at !== null) return append(context, tx, 'batch.failed', projectId, batch);
  await append(context, tx, 'batch.validated', projectId, batch);
  if (batch.in_progress_at !== null) await append(context, tx, 'batch.started', projectId, batch);
}

async function readTold(context: Pick<Context, 'db'>, tx: Tx, target: BatchTarget): Promise<BatchView> {
  const batch = await getBatch(context, target, tx);
  if (!batch) throw new Error(`batch ${target.batchId} is none of project ${target.projectId}`);
  return batch;
}

function append(
  context: Pick<Context, 'now'>,
  tx: Tx,
  type: BatchEvent,
  projectId: string,
  data: BatchView,
): Promise<void> {
  const { id: subjectId, callback_url: callbackUrl } = data;
  return appendEvent(tx, { id: newId(context, 'event'), projectId, type, subjectId, callbackUrl, data });
}
