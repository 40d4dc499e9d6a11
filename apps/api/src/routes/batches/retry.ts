import { retriedBatchSchema, retryBatchSchema } from '@reelay/contract';
import { formatUsd } from '@reelay/core';
import { type BulkRetry, getBatch, retryBatch } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { notFound, refusal } from '../../error-map.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { given, idOf, idParams, problems } from '../answers.ts';

export function postBatchRetry(app: App, door: Door): void {
  const schema = {
    summary: 'Open the failed jobs of a batch again',
    description:
      'Jobs with an attempt that may still be charged, and such as could not run, are left alone and counted.',
    tags: ['batches'],
    headers: idempotentWrite,
    params: idParams,
    body: retryBatchSchema.optional(),
    response: { 200: retriedBatchSchema, ...problems },
  };
  app.post('/v1/batches/:id/retry', { schema }, (request, reply) => {
    const target = { projectId: request.caller.projectId, batchId: idOf('batch', request.params) };
    const { status, error_code, input, dry_run } = request.body ?? {};
    const filter = given({ statuses: status, errorCode: error_code, inputPatch: input, dryRun: dry_run });
    return answerOnce(door, request, reply, { status: 200, run: () => retry(door, { ...target, ...filter }) });
  });
}

async function retry({ context }: Door, wanted: BulkRetry) {
  const report = await retryBatch(context, wanted);
  if (report.kind !== 'done') throw refusal(report, 'batch');
  const batch = await getBatch(context, wanted);
  if (!batch) throw notFound('batch');
  const { retried, skippedUnknown, skippedInvalid, estimatedNanoUsd } = report;
  const skipped = { skipped_unknown: skippedUnknown, skipped_invalid: skippedInvalid };
  return { ...batch, retried, ...skipped, retry_estimate: formatUsd(estimatedNanoUsd) };
}
