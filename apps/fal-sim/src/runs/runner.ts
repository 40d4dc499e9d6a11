// Runs requests: at most `concurrency` at a time, the others wait in line without limit.
//
// queued  → running   a slot is free and it is first in line
//         → finished  its start timeout passes (504), or it is cancelled (499); free of charge
// running → queued    its runner is lost (run.requeue): put back at the head after a pause, under a new gateway id
//         → finished  its time is up, or a cancel has reached the runner (499)
// A stuck request stays running, and holds its slot, until it is cancelled.
import { randomUUID } from 'node:crypto';
import type { SimClock } from '../clock.ts';
import type { FaultDice } from '../faults/fault-dice.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { outputFileOf } from '../output-file.ts';
import type { SimSettings } from '../sim-options.ts';
import type { SimRequest } from '../sim-request.ts';
import { computeBill } from './bill.ts';
import type { ChangeWatch } from './change-watch.ts';
import { drawCharge } from './charge.ts';
import { type Ending, endOfCancel, endOfLostRunner, endOfRun, endOfStartTimeout } from './outcomes.ts';
import { planRun, type RunPlan } from './plan-run.ts';
import { WaitingLine } from './waiting-line.ts';

const CANCEL_REACHES_RUNNER_MS = 1_000;
const PUT_BACK_AFTER_MS = 10_000;

export type CancelAnswer = 'removed' | 'requested' | 'already_completed';

interface Running {
  readonly plan: RunPlan;
  readonly stopTimer: () => void;
}

export interface RunnerParts {
  readonly settings: SimSettings;
  readonly clock: SimClock;
  readonly dice: FaultDice;
  readonly ledger: Ledger;
  readonly changes: ChangeWatch;
  /** Called once for each request, in the moment it finishes; resolves when its callback was tried once. */
  readonly onFinished: (request: SimRequest, options: { atOnce: boolean }) => Promise<void>;
}

export class Runner {
  readonly #parts: RunnerParts;
  readonly #line = new WaitingLine();
  readonly #running = new Map<SimRequest, Running>();
  readonly #startTimers = new Map<SimRequest, () => void>();
  readonly #lostOnce = new Set<SimRequest>();
  #heldSlots = 0;
  maxInProgress = 0;

  constructor(parts: RunnerParts) {
    this.#parts = parts;
  }

  get queuedCount(): number {
    return this.#line.length;
  }

  queuePosition(request: SimRequest): number {
    return this.#line.position(request);
  }

  enqueue(request: SimRequest): void {
    this.#line.add(request);
    this.#armStartTimeout(request);
    this.#fillSlots();
  }

  /** After a restart of the simulator: what was running goes first and its start timeout no longer applies. */
  resume(requests: readonly SimRequest[]): void {
    for (const request of requests) {
      if (request.startedAtMs !== null) {
        this.#line.putBack(request);
      } else {
        this.#line.add(request);
        this.#armStartTimeout(request);
      }
    }
    this.#fillSlots();
  }

  /** Runs the request outside the line and in no time; resolves when its callback was tried once. */
  runAtOnce(request: SimRequest): Promise<void> {
    const plan = this.#begin(request);
    this.#settle(request, this.#endOf(plan));
    return this.#parts.onFinished(request, { atOnce: true });
  }

  /** Takes a slot for a request that may not wait in line; false when none is free. */
  holdSlot(): boolean {
    if (!this.#hasFreeSlot()) return false;
    this.#heldSlots += 1;
    return true;
  }

  releaseSlot(): void {
    this.#heldSlots -= 1;
    this.#fillSlots();
  }

  startInHeldSlot(request: SimRequest): void {
    this.#heldSlots -= 1;
    this.#start(request);
  }

  cancel(request: SimRequest): CancelAnswer {
    if (request.outcome) return 'already_completed';
    if (request.state === 'running') {
      this.#parts.clock.schedule(CANCEL_REACHES_RUNNER_MS, () => this.#cancelRunning(request));
      return 'requested';
    }
    this.#line.remove(request);
    this.#finish(request, endOfCancel(null));
    return 'removed';
  }

  #cancelRunning(request: SimRequest): void {
    const running = this.#running.get(request);
    if (!running) {
      if (!request.outcome) this.cancel(request);
      return;
    }
    const { plan } = running;
    this.#finish(request, endOfCancel(computeBill(plan.job, 499, this.#parts.settings, plan.unitsFactor)));
  }

  #fillSlots(): void {
    while (this.#hasFreeSlot()) {
      const request = this.#line.takeFirst();
      if (!request) return;
      this.#start(request);
    }
  }

  #hasFreeSlot(): boolean {
    return this.#running.size + this.#heldSlots < this.#parts.settings.concurrency;
  }

  #start(request: SimRequest): void {
    const { clock } = this.#parts;
    const plan = this.#begin(request);
    const stopTimer = plan.stuck
      ? () => undefined
      : plan.requeued && !this.#lostOnce.has(request)
        ? clock.schedule(plan.durationMs / 2, () => this.#loseRunner(request))
        : clock.schedule(plan.durationMs, () => this.#finish(request, this.#endOf(plan)));
    this.#running.set(request, { plan, stopTimer });
    this.maxInProgress = Math.max(this.maxInProgress, this.#running.size);
  }

  #begin(request: SimRequest): RunPlan {
    const { changes, clock, dice, ledger, settings } = this.#parts;
    request.state = 'running';
    ledger.noteStarted(request, Date.now(), clock.nowMs());
    changes.announce(request);
    const output = outputFileOf(request, settings.publicUrl);
    return planRun(request, dice, { seed: settings.seed, medianMs: settings.medianRunSeconds * 1_000, output });
  }

  #endOf(plan: RunPlan): Ending {
    return endOfRun(plan.end, computeBill(plan.job, plan.end.httpStatus, this.#parts.settings, plan.unitsFactor));
  }

  #loseRunner(request: SimRequest): void {
    if (request.noRetry) {
      this.#finish(request, endOfLostRunner());
      return;
    }
    if (this.#isPastStartDeadline(request)) {
      this.#finish(request, endOfStartTimeout());
      return;
    }
    this.#lostOnce.add(request);
    this.#running.delete(request);
    request.state = 'queued';
    request.gatewayRequestId = randomUUID();
    this.#parts.changes.announce(request);
    this.#parts.clock.schedule(PUT_BACK_AFTER_MS, () => {
      if (request.outcome) return;
      this.#line.putBack(request);
      this.#fillSlots();
    });
    this.#fillSlots();
  }

  #armStartTimeout(request: SimRequest): void {
    if (request.startTimeoutMs === null) return;
    const { clock } = this.#parts;
    const remainingMs = request.acceptedAtSimMs + request.startTimeoutMs - clock.nowMs();
    const stop = clock.schedule(Math.max(0, remainingMs), () => this.#timeOutStart(request));
    this.#startTimers.set(request, stop);
  }

  /** The start timeout covers fal's own retries as well. */
  #isPastStartDeadline(request: SimRequest): boolean {
    if (request.startTimeoutMs === null) return false;
    return this.#parts.clock.nowMs() >= request.acceptedAtSimMs + request.startTimeoutMs;
  }

  #timeOutStart(request: SimRequest): void {
    this.#startTimers.delete(request);
    if (request.state !== 'queued') return;
    this.#line.remove(request);
    this.#finish(request, endOfStartTimeout());
  }

  #finish(request: SimRequest, ending: Ending): void {
    this.#settle(request, ending);
    void this.#parts.onFinished(request, { atOnce: false });
    this.#fillSlots();
  }

  #settle(request: SimRequest, { listNanoUsd, ...ending }: Ending): void {
    const { changes, clock, dice, ledger, settings } = this.#parts;
    this.#running.get(request)?.stopTimer();
    this.#running.delete(request);
    this.#startTimers.get(request)?.();
    this.#startTimers.delete(request);
    this.#lostOnce.delete(request);
    const finishedAtSimMs = clock.nowMs();
    const inferenceMs = ending.ran && request.startedAtSimMs !== null ? finishedAtSimMs - request.startedAtSimMs : null;
    const charge = drawCharge(listNanoUsd, request, dice);
    ledger.finish(request, { ...ending, ...charge, inferenceMs, finishedAtMs: Date.now(), finishedAtSimMs });
    lockWhenSpent(ledger, settings);
    changes.announce(request);
  }
}

function lockWhenSpent(ledger: Ledger, settings: SimSettings): void {
  if (settings.balanceUsd === undefined || ledger.state.locked) return;
  const balanceNanoUsd = BigInt(Math.round(settings.balanceUsd * 1e9));
  if (ledger.state.billedSinceUnlockNanoUsd >= balanceNanoUsd) ledger.setLocked(true);
}
