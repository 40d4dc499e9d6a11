import { type BatchTarget, type BatchView, getBatch, type SteerReport } from '@reelay/engine';
import type { Door } from '../../app.ts';
import { notFound, refusal } from '../../error-map.ts';

/** The batch as it is after a verb has changed it; a verb that said no becomes a problem. */
export async function afterSteering({ context }: Door, target: BatchTarget, report: SteerReport): Promise<BatchView> {
  if (report.kind !== 'done') throw refusal(report, 'batch');
  const batch = await getBatch(context, target);
  if (!batch) throw notFound('batch');
  return batch;
}
