/**
 * The queue door: one processor per task, and the timers that need no queue, dispatch and patrol before all. Any number of
 * workers may run; what one of them drops when it dies, the others' patrol picks up.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { scaled, submitLimiter } from '@reelay/core';
import {
  type Context,
  createDeliverer,
  dispatch,
  guardBalance,
  numberEvents,
  observe,
  patrol,
  reconcile,
  sealLedger,
  tidy,
} from '@reelay/engine';
import { createTaskConsumer, type QueueBackend, type TaskConsumer } from '@reelay/queue';
import { startLoop } from './loops/loop.ts';
import { processImport } from './processors/import.ts';
import { processSettle } from './processors/settle.ts';
import { processSubmit } from './processors/submit.ts';

const DISPATCH_EVERY_MS = 250;
const PATROL_EVERY_MS = 1_000;
const NUMBER_EVERY_MS = 500;
const DELIVER_EVERY_MS = 500;
const TIDY_EVERY_MS = 300_000;
const OBSERVE_EVERY_MS = 60_000;
const SEAL_EVERY_MS = 10_000;
/** fal's platform is asked no more often than this, whatever the time scale. */
const PLATFORM_EVERY_MIN_MS = 3_000;

export interface WorkerOptions {
  readonly backend: QueueBackend;
  readonly submitsPerSecond: number;
}

export interface RunningWorker {
  /** Stops taking work and lets what runs end, at most `drainMs`; what is cut off, patrol picks up. */
  close(drainMs: number): Promise<void>;
}

export function startWorker(context: Context, options: WorkerOptions): RunningWorker {
  const onError = (error: unknown) =>
    context.log.warn({ err: error }, 'task or queue failed; patrol goes on from Postgres');
  const dispatching = startLoop({ everyMs: DISPATCH_EVERY_MS, run: () => dispatch(context), onError });
  const freed = () => dispatching.wake();
  const patrolling = startLoop({ everyMs: PATROL_EVERY_MS, run: () => patrol(context), onError });
  const tidying = startLoop({ everyMs: TIDY_EVERY_MS, run: () => tidy(context), onError });
  const sealing = startLoop({ everyMs: SEAL_EVERY_MS, run: () => sealLedger(context), onError });
  const numbering = startLoop({ everyMs: NUMBER_EVERY_MS, run: () => numberEvents(context), onError });
  const deliverer = createDeliverer(context, () => delivering.wake());
  const delivering = startLoop({ everyMs: DELIVER_EVERY_MS, run: () => deliverer.begin(), onError });
  const observeEveryMs = Math.max(PATROL_EVERY_MS, scaled(context.policy, OBSERVE_EVERY_MS));
  const observing = startLoop({ everyMs: observeEveryMs, run: () => observe(context), onError });
  const reconcileEveryMs = platformEveryMs(context, context.policy.reconcileEveryMs);
  const reconciling = startLoop({ everyMs: reconcileEveryMs, run: () => reconcile(context), onError });
  const balanceEveryMs = platformEveryMs(context, context.policy.balanceEveryMs);
  const guarding = startLoop({ everyMs: balanceEveryMs, run: () => guardBalance(context), onError });
  const loops = [dispatching, patrolling, tidying, sealing, numbering, delivering, observing, reconciling, guarding];
  const consumers = consumersOf(context, options, freed, onError);
  return {
    // All at once: a loop that waits for fal's platform must not let the others, or the consumers, go on.
    close: async (drainMs) => {
      const stopping = Promise.all(loops.map((loop) => loop.stop()));
      const closing = [...consumers, deliverer].map((part) => part.close(drainMs));
      await Promise.all([Promise.race([stopping, sleep(drainMs)]), ...closing]);
    },
  };
}

function platformEveryMs({ policy }: Context, everyMs: number): number {
  return Math.max(PLATFORM_EVERY_MIN_MS, scaled(policy, everyMs));
}

function consumersOf(
  context: Context,
  { backend, submitsPerSecond }: WorkerOptions,
  freed: () => void,
  onError: (error: unknown) => void,
): TaskConsumer[] {
  return [
    createTaskConsumer(backend, {
      task: 'submit',
      run: (id) => processSubmit(context, id, freed),
      limiter: submitLimiter(submitsPerSecond),
      onError,
    }),
    createTaskConsumer(backend, { task: 'settle', run: (id) => processSettle(context, id, freed), onError }),
    createTaskConsumer(backend, { task: 'import', run: (id) => processImport(context, id, freed), onError }),
  ];
}
