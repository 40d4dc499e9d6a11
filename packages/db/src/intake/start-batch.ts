/**
 * The verdict on a batch whose rows are all stored, the same for inline rows and files: priced, waiting for a person or in
 * progress, its pilot in a lane of its own; or failed as a whole.
 */
import { type PilotStrategy, pilotPlaces } from '@reelay/core';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export interface PricedRows {
  readonly jobs: number;
  readonly estimatedNanoUsd: bigint;
  readonly worstCaseNanoUsd: bigint;
}

/** validating → in progress or awaiting confirmation, as the batch asked. The caller holds the batch. */
export async function startBatch(tx: Tx, batchId: string, rows: PricedRows, rejected: number): Promise<void> {
  const { estimatedNanoUsd: estimated, worstCaseNanoUsd: worst } = rows;
  // As waitsForConfirmation in core: a caller who said how to start has no `confirm_above_nano_usd`.
  const waits = Prisma.sql`(start_mode = 'confirm' OR ${estimated}::bigint > confirm_above_nano_usd)`;
  const [batch] = await tx.$queryRaw<Started[]>`
    UPDATE batches SET
      state = CASE WHEN ${waits} THEN 'awaiting_confirmation' ELSE 'in_progress' END,
      awaiting_confirmation_at = CASE WHEN ${waits} THEN now() END,
      in_progress_at = CASE WHEN ${waits} THEN NULL ELSE now() END,
      estimated_nano_usd = ${estimated}::bigint, worst_case_nano_usd = ${worst}::bigint, rejected_count = ${rejected}
    WHERE id = ${batchId} AND state = 'validating'
    RETURNING project_id, pilot_rows, pilot_strategy`;
  if (!batch || batch.pilot_rows === null) return;
  const laneId = `${batchId}.pilot`;
  await tx.$executeRaw`INSERT INTO lanes (id, project_id, pilot_of) VALUES (${laneId}, ${batch.project_id}, ${batchId})`;
  await tx.$executeRaw`
    UPDATE jobs SET lane_id = ${laneId} WHERE id IN (
      SELECT id FROM (SELECT id, row_number() OVER (ORDER BY row_no)::int AS place FROM jobs WHERE batch_id = ${batchId}) AS placed
      WHERE place = ANY(${pilotPlaces(rows.jobs, batch.pilot_rows, batch.pilot_strategy)}::int[]))`;
}

interface Started {
  readonly project_id: string;
  readonly pilot_rows: number | null;
  readonly pilot_strategy: PilotStrategy;
}

/** validating → failed as a whole. */
export async function failBatch(tx: Tx, batchId: string, problem: object, rejected?: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE batches SET state = 'failed', failed_at = now(), problem = ${JSON.stringify(problem)}::jsonb,
      rejected_count = coalesce(${rejected ?? null}::int, rejected_count)
    WHERE id = ${batchId} AND state = 'validating'`;
}
