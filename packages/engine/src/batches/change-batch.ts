/** Changes what may change while a batch runs: its cap, name, metadata, and the priority of its queued jobs. */
import type { NanoUsd } from '@reelay/core';
import type { Context } from '../context.ts';
import { steer } from './pause-batch.ts';
import type { BatchTarget, SteerReport } from './steer-report.ts';

export interface BatchChange extends BatchTarget {
  /** Null takes the cap away. A cap below what is spent already stops further dispatch and takes nothing back. */
  readonly capNanoUsd?: NanoUsd | null;
  readonly name?: string | null;
  readonly metadata?: Readonly<Record<string, string>>;
  readonly priority?: number;
}

export function changeBatch(context: Context, change: BatchChange): Promise<SteerReport> {
  return steer(context, change, async (tx, batch) => {
    if (change.capNanoUsd !== undefined) {
      await tx.$executeRaw`
        UPDATE budgets SET limit_nano_usd = ${change.capNanoUsd}::bigint WHERE scope = ${`batch:${batch.id}`}`;
    }
    if (change.name !== undefined || change.metadata !== undefined) {
      const { name, metadata } = change;
      await tx.batch.update({
        where: { id: batch.id },
        data: {
          ...(name === undefined ? {} : { name }),
          ...(metadata === undefined ? {} : { metadata: { ...metadata } }),
        },
      });
    }
    if (change.priority !== undefined) {
      await tx.job.updateMany({ where: { batch_id: batch.id, status: 'queued' }, data: { priority: change.priority } });
    }
    return { kind: 'done' };
  });
}
