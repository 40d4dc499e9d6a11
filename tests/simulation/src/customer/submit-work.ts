/** The work that a seed begins with: a project, its batches and its single jobs, through the same verbs as the API. */
import { createBatch, createJob } from '@reelay/engine';
import { contextOf } from '../fleet/context-of.ts';
import type { BatchPlan } from '../plan.ts';
import type { World } from '../world.ts';

/** $0.20 at 480p. */
const FRAMES = 80;
const JOB_NANO_USD = 200_000_000n;

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

export async function submitWork(world: World): Promise<void> {
  await world.threads.spawn(world.api, 'customer begins', async (thread) => {
    const context = contextOf(world, thread);
    for (const batch of world.plan.batches) {
      await thread.sleep(10);
      await createBatch(context, { projectId: world.projectId, rows: rowsOf(world, batch), ...termsOf(batch) });
    }
    for (let i = 0; i < world.plan.singleJobs; i++) {
      await thread.sleep(10);
      await createJob(context, { projectId: world.projectId, input: rowInput(world, false) });
    }
  });
}

function rowsOf(world: World, batch: BatchPlan): unknown[] {
  return Array.from({ length: batch.jobs }, (_, i) => ({ input: rowInput(world, batch.twins && i < 2) }));
}

function termsOf(batch: BatchPlan) {
  const { maxAttempts, onUnknown, capJobs } = batch;
  const cap = capJobs === null ? {} : { capNanoUsd: BigInt(capJobs) * JOB_NANO_USD };
  return { start: 'auto', mode: 'best_effort', maxAttempts, onUnknown, ...cap } as const;
}
