/** What customers and operators do meanwhile: the verbs behind the API, at any time and in any order. */
import {
  type Context,
  cancelBatch,
  cancelJob,
  changeBatch,
  createJob,
  pauseBatch,
  resolveJob,
  resumeBatch,
  retryBatch,
  retryJob,
} from '@reelay/engine';
import { contextOf } from '../fleet/context-of.ts';
import type { BatchFact, JobFact } from '../store/snapshot.ts';
import { count, type World } from '../world.ts';
import { rowInput } from './submit-work.ts';

const ACTIONS = {
  pause: 3,
  resume: 3,
  cancel_job: 3,
  cancel_batch: 1,
  retry_job: 3,
  retry_risky: 1,
  retry_batch: 1,
  raise_cap: 1,
  lower_cap: 1,
  new_job: 1,
  resolve: 2,
} as const;

export type Action = keyof typeof ACTIONS;

const HOUR_MS = 3_600_000;

export function planActions(world: World): void {
  const chance = world.chance('customer');
  for (let i = 0; i < world.plan.customerActions; i++) {
    world.agenda.in(1_000 + chance.next() ** 2 * world.plan.stormMs, 'customer', () =>
      act(world, chance.weighted(ACTIONS)),
    );
  }
  for (const hours of world.plan.operatorHours) {
    world.agenda.in((hours + chance.between(0, 0.5)) * HOUR_MS, 'operator', () => act(world, 'resolve'));
  }
}

export async function act(world: World, action: Action): Promise<void> {
  if (!world.api.alive) return;
  await world.threads.spawn(world.api, `customer: ${action}`, async (thread) => {
    const said = await run(world, contextOf(world, thread), action);
    if (said === null) return;
    count(world.notes.faults, `customer: ${action}`);
    world.say(`customer: ${action} ${said}`);
  });
}

async function run(world: World, context: Context, action: Action): Promise<string | null> {
  const batch = pickFrom(world, world.state.batches);
  const { projectId } = world;
  const onBatch = async (verb: (batch: BatchFact) => Promise<{ readonly kind: string }>) =>
    batch === null ? null : `${world.labels.of(batch.id)}: ${(await verb(batch)).kind}`;
  const onJob = async (
    wanted: (job: JobFact) => boolean,
    verb: (job: JobFact) => Promise<{ readonly kind: string }>,
  ) => {
    const job = pickFrom(world, world.state.jobs.filter(wanted));
    return job === null ? null : `${world.labels.of(job.id)}: ${(await verb(job)).kind}`;
  };
  const ended = ({ status }: JobFact) => status === 'failed' || status === 'cancelled';
  const target = (batchId: string) => ({ projectId, batchId });
  switch (action) {
    case 'pause':
      return onBatch(({ id }) => pauseBatch(context, target(id)));
    case 'resume':
      return onBatch(({ id }) => resumeBatch(context, target(id)));
    case 'cancel_batch': {
      const mode = world.chance('customer').pick(['drain', 'abort'] as const);
      return onBatch(({ id }) => cancelBatch(context, { ...target(id), mode }));
    }
    case 'retry_batch':
      return onBatch(({ id }) => retryBatch(context, { ...target(id), statuses: ['failed', 'cancelled'] }));
    case 'raise_cap':
      return onBatch(({ id }) => changeBatch(context, { ...target(id), capNanoUsd: null }));
    case 'lower_cap':
      return onBatch(({ id }) =>
        changeBatch(context, { ...target(id), capNanoUsd: world.chance('customer').pick([0n, 500_000_000n]) }),
      );
    case 'new_job':
      return createOne(world, context);
    case 'cancel_job':
      return onJob(
        ({ status }) => status === 'queued' || status === 'active',
        ({ id }) => cancelJob(context, { projectId, jobId: id }),
      );
    case 'retry_job':
      return onJob(ended, ({ id }) => retryJob(context, { projectId, jobId: id }));
    case 'retry_risky':
      return onJob(ended, ({ id }) => {
        world.notes.riskAccepted.add(id);
        return retryJob(context, { projectId, jobId: id, acceptDoubleCharge: true });
      });
    case 'resolve':
      return onJob(
        ({ status }) => status === 'needs_review',
        (job) => resolve(world, context, job),
      );
  }
}

async function createOne(world: World, context: Context): Promise<string> {
  const report = await createJob(context, { projectId: world.projectId, input: rowInput(world, false) });
  return report.kind;
}

/** A person who looks at fal's own dashboard: what is there they adopt; else they give up, or take the risk. */
async function resolve(world: World, context: Context, job: JobFact): Promise<{ readonly kind: string }> {
  const target = { projectId: world.projectId, jobId: job.id };
  const open = world.state.attempts.filter(
    ({ jobId, state }) => jobId === job.id && (state === 'unknown' || state === 'accepted'),
  );
  const there = world.provider.requests.find(({ attemptId }) => open.some(({ id }) => id === attemptId));
  const chance = world.chance('customer');
  if (there && chance.happens(0.6)) {
    world.notes.adoptedByPerson.add(there.id);
    return resolveJob(context, { ...target, action: 'adopt', requestId: there.id });
  }
  const action = chance.pick(['fail', 'resubmit'] as const);
  (action === 'fail' ? world.notes.givenUp : world.notes.riskAccepted).add(job.id);
  return resolveJob(context, { ...target, action });
}

function pickFrom<T>(world: World, items: readonly T[]): T | null {
  return items.length === 0 ? null : world.chance('customer').pick(items);
}
