// How waste is counted: by attempt, from what the ledger says of each, and without reading what cost nothing.
import { inTransaction, readBrakedBatches, type Tx } from '@reelay/db';
import { createBatch, getBatch, reconcile, resumeBatch, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch, makeProject, TEST_INPUT } from '@reelay/testkit';
import { expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const IN_FLIGHT_MAX = 10;
const engine = useEngine({ inFlightMax: IN_FLIGHT_MAX, bill422: 0.5, listing: true });
const accepted = () => engine.sim.ledger().length;

async function runDry(): Promise<void> {
  for (let ids = await engine.reserve(); ids.length > 0; ids = await engine.reserve()) {
    for (const id of ids) await submitAttempt(engine.context, id);
    for (const id of ids) await eventually(async () => (await settleAttempt(engine.context, id)).kind !== 'waiting');
  }
}

it('what turns out cheaper after it was forgiven hides no new waste', async () => {
  const projectId = await makeProject(engine.context.db);
  // No answer says what the failures cost, so their whole price is held, until the bill asks for half of it.
  engine.sim.setFaults({ 'run.fail_422': 1, 'result.no_units': 1 });
  const rows = Array.from({ length: 60 }, () => ({ input: TEST_INPUT }));
  const terms = { mode: 'best_effort', onUnknown: 'review', maxAttempts: 1, maxWasteNanoUsd: 400_000_000n } as const;
  const report = await createBatch(engine.context, { projectId, rows, ...terms });
  if (report.kind !== 'created') throw new Error(JSON.stringify(report));
  const target = { projectId, batchId: report.batchId };
  const wasted = async () => (await getBatch(engine.context, target))?.brakes.wasted;
  await runDry();
  const before = accepted();
  expect(await wasted()).toBe('0.8');
  await resumeBatch(engine.context, target);
  await reconcile(engine.context);
  expect(await wasted()).toBe('0');
  engine.sim.setFaults({ 'run.fail_422': 1 });
  await runDry();

  expect(await getBatch(engine.context, target)).toMatchObject({ status: 'paused', pause_reason: 'waste' });
  // Ten failures of 4 cents are the limit.
  expect(accepted() - before).toBeLessThanOrEqual(10 + IN_FLIGHT_MAX);
});

/** Rows that the transaction has read so far. */
async function rowsRead(tx: Tx): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ rows: bigint }[]>`
    SELECT (sum(coalesce(seq_tup_read, 0)) + sum(coalesce(idx_tup_fetch, 0)))::bigint AS rows
    FROM pg_stat_xact_user_tables WHERE relname IN ('attempts', 'ledger_entries', 'jobs')`;
  return row?.rows ?? 0n;
}

const FREE = 20_000;

it('failures that cost nothing are not read, however many there are', { timeout: 120_000 }, async () => {
  const { batchId } = await makeBatch(engine.context.db, { jobs: 1 });
  await engine.context.db.prisma.$executeRaw`UPDATE batches SET max_waste_nano_usd = 1000000000 WHERE id = ${batchId}`;
  const client = await engine.context.db.pool.connect();
  try {
    // Without the triggers, which are for one row at a time: what they keep is written as they would write it.
    await client.query('SET session_replication_role = replica');
    await client.query(
      `INSERT INTO jobs (id, project_id, batch_id, lane_id, row_no, model, input, max_attempts, estimated_nano_usd, price_version, status, finished_at)
       SELECT 'job_' || n, project_id, batch_id, lane_id, n, model, input, 1, estimated_nano_usd, price_version, 'failed', now()
       FROM jobs, generate_series(1, $1::int) n`,
      [FREE],
    );
    await client.query(
      `INSERT INTO attempts (id, job_id, project_id, batch_id, lane_id, run, n, model, seed, reserved_nano_usd, price_version, state, request_id, net_nano_usd)
       SELECT 'att_' || id, id, project_id, batch_id, lane_id, 1, 1, model, 1, estimated_nano_usd, price_version, 'failed', 'req_' || id,
         CASE WHEN row_no <= 2 THEN 40000000 ELSE 0 END FROM jobs WHERE status = 'failed'`,
    );
    await client.query('ANALYZE');
  } finally {
    client.release(true);
  }
  const [braked, rows] = await inTransaction(engine.context.db, async (tx) => {
    const before = await rowsRead(tx);
    const batches = await readBrakedBatches(tx);
    return [batches, (await rowsRead(tx)) - before] as const;
  });

  expect(braked).toMatchObject([{ id: batchId, wasted_nano_usd: 80_000_000n }]);
  expect(rows).toBeLessThan(100n);
});
