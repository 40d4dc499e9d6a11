/** Storing a batch with everything that it cannot be without: its lane and its budget row. */
import type { PauseIf, PilotStrategy } from '@reelay/core';
import type { Tx } from '../client.ts';
import type { Prisma } from '../generated/client.ts';

export interface NewBatch {
  readonly id: string;
  readonly projectId: string;
  readonly apiKeyId: string | null;
  readonly name: string | null;
  readonly model: string;
  readonly mode: 'best_effort' | 'strict';
  readonly startMode: 'auto' | 'confirm';
  /** Above this estimate the batch waits for confirmation; null: never. */
  readonly confirmAboveNanoUsd: bigint | null;
  readonly pilot: { readonly rows: number; readonly strategy: PilotStrategy } | null;
  readonly maxWasteNanoUsd: bigint | null;
  readonly pauseIf: PauseIf | null;
  readonly onUnknown: 'review' | 'resubmit';
  readonly unknownBudgetNanoUsd: bigint | null;
  readonly maxAttempts: number;
  readonly callbackUrl: string | null;
  readonly metadata: Readonly<Record<string, string>>;
  readonly capNanoUsd: bigint | null;
  readonly columns: readonly object[];
  readonly fileFacts: object | null;
}

/** The batch is validating until its rows are judged: by `startBatch` or `failBatch` inline, by `finishImport` for a file. */
export async function insertBatch(tx: Tx, batch: NewBatch): Promise<void> {
  const { id, projectId } = batch;
  const [{ now }] = (await tx.$queryRaw`SELECT now() AS now`) as [{ now: Date }];
  await tx.batch.create({
    data: {
      id,
      project_id: projectId,
      api_key_id: batch.apiKeyId,
      name: batch.name,
      model: batch.model,
      state: 'validating',
      mode: batch.mode,
      start_mode: batch.startMode,
      confirm_above_nano_usd: batch.confirmAboveNanoUsd,
      pilot_rows: batch.pilot?.rows ?? null,
      pilot_strategy: batch.pilot?.strategy ?? null,
      max_waste_nano_usd: batch.maxWasteNanoUsd,
      pause_if_error_rate: batch.pauseIf?.errorRate ?? null,
      pause_if_window: batch.pauseIf?.window ?? null,
      on_unknown: batch.onUnknown,
      unknown_budget_nano_usd: batch.unknownBudgetNanoUsd,
      max_attempts: batch.maxAttempts,
      callback_url: batch.callbackUrl,
      metadata: batch.metadata,
      columns: batch.columns as unknown as Prisma.InputJsonArray,
      ...(batch.fileFacts === null ? {} : { file_facts: batch.fileFacts as Prisma.InputJsonObject }),
      created_at: now,
      validating_at: now,
    },
  });
  await tx.$executeRaw`INSERT INTO lanes (id, project_id, batch_id) VALUES (${id}, ${projectId}, ${id})`;
  await tx.$executeRaw`
    INSERT INTO budgets (scope, project_id, limit_nano_usd) VALUES (${`batch:${id}`}, ${projectId}, ${batch.capNanoUsd})`;
}

/**
 * The lane of a project's single jobs that were asked for with this key. One lane for all keys would stop at the first job
 * whose key has no money, and hold up the jobs of the others.
 */
export async function ensureSingleLane(tx: Tx, projectId: string, apiKeyId: string | null): Promise<string> {
  const laneId = apiKeyId === null ? projectId : `${projectId}.${apiKeyId}`;
  await tx.$executeRaw`
    INSERT INTO lanes (id, project_id) VALUES (${laneId}, ${projectId}) ON CONFLICT (id) DO NOTHING`;
  return laneId;
}

/** A single job from before keys had lanes of their own goes to that of its key. The caller holds the job's lock. */
export async function moveToSingleLane(
  tx: Tx,
  job: { readonly id: string; readonly project_id: string; readonly api_key_id: string | null },
): Promise<void> {
  const laneId = await ensureSingleLane(tx, job.project_id, job.api_key_id);
  await tx.$executeRaw`UPDATE jobs SET lane_id = ${laneId} WHERE id = ${job.id} AND lane_id <> ${laneId}`;
}
