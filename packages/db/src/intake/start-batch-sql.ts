/**
 * The start of a batch whose rows are all stored, the same for inline rows and files: priced, waiting for a person or in
 * progress, its pilot in a lane of its own.
 */
import { type PilotStrategy, pilotPlaces } from '@reelay/core';

/** One statement on whatever connection holds the transaction. */
export type RunSql = (sql: string, values: readonly unknown[]) => Promise<readonly object[]>;

export interface PricedRows {
  readonly jobs: number;
  readonly estimatedNanoUsd: bigint;
  readonly worstCaseNanoUsd: bigint;
}

/** As waitsForConfirmation in core: a caller who said how to start has no `confirm_above_nano_usd`. */
const WAITS = "(start_mode = 'confirm' OR $2::bigint > confirm_above_nano_usd)";
const START = `
  UPDATE batches SET
    state = CASE WHEN ${WAITS} THEN 'awaiting_confirmation' ELSE 'in_progress' END,
    awaiting_confirmation_at = CASE WHEN ${WAITS} THEN now() END,
    in_progress_at = CASE WHEN ${WAITS} THEN NULL ELSE now() END,
    estimated_nano_usd = $2::bigint, worst_case_nano_usd = $3::bigint
  WHERE id = $1 AND state = 'validating'
  RETURNING project_id, pilot_rows, pilot_strategy`;

const ADD_PILOT_LANE = 'INSERT INTO lanes (id, project_id, pilot_of) VALUES ($1, $2, $3)';
const MOVE_TO_PILOT = `
  UPDATE jobs SET lane_id = $1 WHERE id IN (
    SELECT id FROM (SELECT id, row_number() OVER (ORDER BY row_no)::int AS place FROM jobs WHERE batch_id = $2) AS placed
    WHERE place = ANY($3::int[]))`;

/** validating → in progress or awaiting confirmation. The caller holds the batch. */
export async function startPricedBatch(run: RunSql, batchId: string, rows: PricedRows): Promise<void> {
  const [batch] = (await run(START, [batchId, rows.estimatedNanoUsd, rows.worstCaseNanoUsd])) as readonly Started[];
  if (!batch || batch.pilot_rows === null) return;
  const laneId = `${batchId}.pilot`;
  await run(ADD_PILOT_LANE, [laneId, batch.project_id, batchId]);
  await run(MOVE_TO_PILOT, [laneId, batchId, pilotPlaces(rows.jobs, batch.pilot_rows, batch.pilot_strategy)]);
}

interface Started {
  readonly project_id: string;
  readonly pilot_rows: number | null;
  readonly pilot_strategy: PilotStrategy;
}
