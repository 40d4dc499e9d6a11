/** The work that a seed begins with: a project, its batches and its single jobs, through the same verbs as the API. */
import { type Context, createBatch, createJob, receiveUpload } from '@reelay/engine';
import { contextOf } from '../fleet/context-of.ts';
import type { BatchPlan } from '../plan.ts';
import type { World } from '../world.ts';

/** $0.20 at 480p. */
const FRAMES = 80;
const JOB_NANO_USD = 200_000_000n;
/** Two jobs' worth. */
export const UNKNOWN_BUDGET_NANO_USD = 400_000_000n;

export function rowInput(world: World, twin: boolean): Record<string, unknown> {
  const n = world.chance('customer').whole(1, 1_000_000_000);
  return {
    video_url: `https://media.example.com/${twin ? 'twin' : n}.mp4`,
    prompt: twin ? 'the same again' : `clip ${n}`,
    num_frames: FRAMES,
    resolution: '480p',
    ...(twin ? { seed: 7 } : {}),
  };
}

/** Each in a thread of its own, so that what is being stored meets what runs already. */
export function submitWork(world: World): void {
  const { batches, singleJobs } = world.plan;
  for (const [i, batch] of batches.entries())
    begin(world, i * 300 + 1, (context) => submitBatch(world, context, batch));
  for (let i = 0; i < singleJobs; i++) begin(world, i * 40 + 100, (context) => submitSingle(world, context));
}

function begin(world: World, delayMs: number, verb: (context: Context) => Promise<boolean>): void {
  const tryOnce = async () => {
    let done = false;
    await world.threads.spawn(world.api, 'customer submits', async (thread) => {
      done = await verb(contextOf(world, thread));
    });
    // The client hears nothing from a door that died, and asks again.
    const look = () => {
      if (!done && !world.api.alive) world.agenda.in(2_000, 'customer tries again', tryOnce);
    };
    world.agenda.in(1_000, 'did the customer hear', look);
  };
  world.agenda.in(delayMs, 'customer submits', tryOnce);
}

async function submitBatch(world: World, context: Context, batch: BatchPlan): Promise<boolean> {
  const { projectId } = world;
  const rows = rowsOf(world, batch);
  const report = batch.asFile
    ? await receiveUpload(context, { projectId, format: 'ndjson', options: termsOf(batch), source: fileOf(rows) })
    : await createBatch(context, { projectId, rows, ...termsOf(batch) });
  world.say(`customer submits ${rows.length} rows: ${report.kind}`);
  return true;
}

async function submitSingle(world: World, context: Context): Promise<boolean> {
  const report = await createJob(context, { projectId: world.projectId, input: rowInput(world, false) });
  world.say(`customer submits a job: ${report.kind}`);
  return true;
}

async function* fileOf(rows: readonly unknown[]): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(rows.map((row) => JSON.stringify(row)).join('\n'));
}

function rowsOf(world: World, batch: BatchPlan): unknown[] {
  return Array.from({ length: batch.jobs }, (_, i) => ({ input: rowInput(world, batch.twins && i < 2) }));
}

function termsOf(batch: BatchPlan) {
  const { maxAttempts, onUnknown, capJobs } = batch;
  const cap = capJobs === null ? {} : { capNanoUsd: BigInt(capJobs) * JOB_NANO_USD };
  const risk = { unknownBudgetNanoUsd: UNKNOWN_BUDGET_NANO_USD };
  return {
    start: 'auto',
    mode: 'best_effort',
    maxAttempts,
    onUnknown,
    ...cap,
    ...(onUnknown === 'resubmit' ? risk : {}),
  } as const;
}
