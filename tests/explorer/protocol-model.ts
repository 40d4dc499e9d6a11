/**
 * The attempt protocol of one job as a small machine: two workers, a queue that loses and doubles tasks, a network that
 * delays, loses and answers late, a fal that accepts what reaches it, and patrol. Every state change of an attempt goes
 * through core's own transition table, so a change of that table changes what is explored here.
 */
import { ADOPTABLE_ATTEMPT_STATES, type AttemptState, canMoveAttempt, LIVE_ATTEMPT_STATES } from '@reelay/core';

export interface ModelAttempt {
  state: AttemptState;
  posts: number;
  /** A POST that left and has not reached fal. */
  onTheWire: boolean;
  accepted: boolean;
  run: 'none' | 'running' | 'ok' | 'bad';
  /** fal has told us the outcome. */
  told: boolean;
  callbacks: number;
}

export interface ModelWorker {
  step: 'idle' | 'claimed' | 'waiting' | 'got_accepted' | 'got_refused' | 'got_nothing';
  attempt: number;
}

export interface ModelState {
  job: 'queued' | 'active' | 'succeeded' | 'failed' | 'needs_review';
  paused: boolean;
  attempts: ModelAttempt[];
  workers: ModelWorker[];
  /** Attempts that a submit task exists for, with repetitions. */
  tasks: number[];
  /** What may still go wrong. */
  crashes: number;
  losses: number;
  doubles: number;
  pauses: number;
}

/** Departures from the protocol, to show that the search finds what each would cost. */
export interface Flaws {
  readonly sendWithoutClaim?: boolean;
  readonly resubmitUnknown?: boolean;
  readonly lostAnswerIsRefusal?: boolean;
  readonly forgetLateAnswer?: boolean;
}

export const ATTEMPTS_MAX = 2;

export function initialState(): ModelState {
  return {
    job: 'queued',
    paused: false,
    attempts: [],
    workers: [
      { step: 'idle', attempt: -1 },
      { step: 'idle', attempt: -1 },
    ],
    tasks: [],
    crashes: 1,
    losses: 2,
    doubles: 1,
    pauses: 1,
  };
}

export interface Step {
  readonly name: string;
  readonly next: ModelState;
}

/** Every step that may happen next, in any order and at any time. */
export function stepsFrom(state: ModelState, flaws: Flaws): Step[] {
  return [
    ...dispatchSteps(state),
    ...queueSteps(state),
    ...state.workers.flatMap((_, worker) => workerSteps(state, worker, flaws)),
    ...state.attempts.flatMap((_, attempt) => [...falSteps(state, attempt), ...patrolSteps(state, attempt, flaws)]),
    ...pauseSteps(state),
  ];
}

function after(state: ModelState, name: string, change: (next: ModelState) => void): Step[] {
  const next = structuredClone(state);
  change(next);
  return [{ name, next }];
}

/** The conditional update: moves only if the table allows it, and says whether it won. */
function move(attempt: ModelAttempt, to: AttemptState): boolean {
  if (!canMoveAttempt(attempt.state, to)) return false;
  attempt.state = to;
  return true;
}

const isLive = ({ state }: ModelAttempt) => (LIVE_ATTEMPT_STATES as readonly AttemptState[]).includes(state);
const at = <T>(list: readonly T[], index: number): T => {
  const item = list[index];
  if (item === undefined) throw new RangeError(`no item ${index}`);
  return item;
};

function dispatchSteps(state: ModelState): Step[] {
  if (state.job !== 'queued' || state.paused || state.attempts.length >= ATTEMPTS_MAX) return [];
  // The database's partial unique index: one live attempt per job.
  if (state.attempts.some(isLive)) return [];
  return after(state, 'dispatch reserves', (next) => {
    const fresh = { posts: 0, onTheWire: false, accepted: false, run: 'none', told: false, callbacks: 0 } as const;
    next.attempts.push({ state: 'reserved', ...fresh });
    next.tasks.push(next.attempts.length - 1);
    next.job = 'active';
  });
}

function queueSteps(state: ModelState): Step[] {
  const lost = state.losses > 0 && state.tasks.length > 0;
  return [
    ...(lost
      ? after(state, 'the queue is flushed', (next) => {
          next.tasks = [];
          next.losses -= 1;
        })
      : []),
    ...(state.doubles > 0
      ? [...new Set(state.tasks)].flatMap((task) =>
          after(state, `task ${task} is doubled`, (next) => {
            next.tasks.push(task);
            next.doubles -= 1;
          }),
        )
      : []),
  ];
}

function workerSteps(state: ModelState, index: number, flaws: Flaws): Step[] {
  const { step, attempt } = at(state.workers, index);
  const idle = (next: ModelState) => {
    next.workers[index] = { step: 'idle', attempt: -1 };
  };
  const crash =
    step !== 'idle' && state.crashes > 0
      ? after(state, `worker ${index} is killed (${step})`, (next) => {
          idle(next);
          next.crashes -= 1;
        })
      : [];
  if (step === 'idle') return [...new Set(state.tasks)].flatMap((task) => takeTask(state, index, task, flaws));
  if (step === 'claimed') return [...crash, ...send(state, index, attempt), ...withhold(state, index, attempt)];
  if (step === 'waiting') return [...crash, ...hearNothing(state, index)];
  return [
    ...crash,
    ...after(state, `worker ${index} stores ${step}`, (next) => {
      idle(next);
      store(next, attempt, step, flaws);
    }),
  ];
}

function takeTask(state: ModelState, index: number, task: number, flaws: Flaws): Step[] {
  return after(state, `worker ${index} takes task ${task}`, (next) => {
    next.tasks.splice(next.tasks.indexOf(task), 1);
    const attempt = at(next.attempts, task);
    if (next.paused) {
      if (move(attempt, 'released')) next.job = 'queued';
      return;
    }
    const claimed = move(attempt, 'sending') || (flaws.sendWithoutClaim === true && isLive(attempt));
    if (claimed) next.workers[index] = { step: 'claimed', attempt: task };
  });
}

function send(state: ModelState, index: number, task: number): Step[] {
  return after(state, `worker ${index} sends attempt ${task}`, (next) => {
    const attempt = at(next.attempts, task);
    attempt.posts += 1;
    attempt.onTheWire = true;
    next.workers[index] = { step: 'waiting', attempt: task };
  });
}

/** It woke up after its deadline. What patrol has given up meanwhile stays unknown. */
function withhold(state: ModelState, index: number, task: number): Step[] {
  return after(state, `worker ${index} keeps attempt ${task} unsent`, (next) => {
    next.workers[index] = { step: 'idle', attempt: -1 };
    if (move(at(next.attempts, task), 'refused') && next.job !== 'queued') next.job = 'queued';
  });
}

function hearNothing(state: ModelState, index: number): Step[] {
  if (state.losses === 0) return [];
  return after(state, `worker ${index} hears nothing`, (next) => {
    next.losses -= 1;
    at(next.workers, index).step = 'got_nothing';
  });
}

function store(next: ModelState, task: number, step: ModelWorker['step'], flaws: Flaws): void {
  const attempt = at(next.attempts, task);
  if (step === 'got_accepted') {
    if (flaws.forgetLateAnswer === true && attempt.state !== 'sending') return;
    adopt(next, task);
  } else if (step === 'got_refused' || flaws.lostAnswerIsRefusal === true) {
    if (move(attempt, 'refused')) next.job = 'queued';
  } else {
    move(attempt, 'unknown');
  }
}

/** Proof of acceptance, whoever brings it. The job of a lost attempt is taken back unless a newer one lives. */
function adopt(next: ModelState, task: number): void {
  const attempt = at(next.attempts, task);
  if (!(ADOPTABLE_ATTEMPT_STATES as readonly AttemptState[]).includes(attempt.state)) return;
  if (attempt.state === 'lost' && next.attempts.some(isLive)) return;
  if (move(attempt, 'accepted') && (next.job === 'queued' || next.job === 'needs_review')) next.job = 'active';
}

function falSteps(state: ModelState, task: number): Step[] {
  const attempt = at(state.attempts, task);
  const waiting = state.workers.findIndex((worker) => worker.step === 'waiting' && worker.attempt === task);
  const answer = (next: ModelState, step: ModelWorker['step']) => {
    if (waiting >= 0) at(next.workers, waiting).step = step;
  };
  const steps: Step[] = [];
  if (attempt.onTheWire) {
    steps.push(
      ...after(state, `fal accepts attempt ${task}`, (next) => {
        Object.assign(at(next.attempts, task), { onTheWire: false, accepted: true, run: 'running' });
        answer(next, 'got_accepted');
      }),
    );
    steps.push(
      ...after(state, `fal refuses attempt ${task}`, (next) => {
        at(next.attempts, task).onTheWire = false;
        answer(next, 'got_refused');
      }),
    );
    if (state.losses > 0) {
      steps.push(
        ...after(state, `the network drops attempt ${task}`, (next) => {
          at(next.attempts, task).onTheWire = false;
          next.losses -= 1;
          answer(next, 'got_nothing');
        }),
      );
    }
  }
  if (attempt.run === 'running') {
    for (const run of ['ok', 'bad'] as const) {
      steps.push(
        ...after(state, `attempt ${task} ends ${run} at fal`, (next) => {
          Object.assign(at(next.attempts, task), { run, callbacks: 1 });
        }),
      );
    }
  }
  return [...steps, ...callbackSteps(state, task)];
}

function callbackSteps(state: ModelState, task: number): Step[] {
  const attempt = at(state.attempts, task);
  if (attempt.callbacks === 0) return [];
  const deliver = after(state, `the callback of attempt ${task} arrives`, (next) => {
    at(next.attempts, task).callbacks -= 1;
    adopt(next, task);
  });
  const lose =
    state.losses > 0
      ? after(state, `the callback of attempt ${task} is lost`, (next) => {
          at(next.attempts, task).callbacks -= 1;
          next.losses -= 1;
        })
      : [];
  const double =
    state.doubles > 0
      ? after(state, `the callback of attempt ${task} is doubled`, (next) => {
          at(next.attempts, task).callbacks += 1;
          next.doubles -= 1;
        })
      : [];
  return [...deliver, ...lose, ...double];
}

function patrolSteps(state: ModelState, task: number, flaws: Flaws): Step[] {
  const attempt = at(state.attempts, task);
  switch (attempt.state) {
    case 'reserved':
      return state.tasks.includes(task)
        ? []
        : after(state, `patrol drives attempt ${task} again`, (next) => {
            next.tasks.push(task);
          });
    case 'sending':
      // Deadlines are ours, not the network's: patrol may give up while the sender lives.
      return after(state, `patrol gives attempt ${task} up`, (next) => {
        move(at(next.attempts, task), 'unknown');
      });
    case 'unknown':
      return state.job === 'active'
        ? after(state, `evidence for attempt ${task} stays out`, (next) => endEvidence(next, task, flaws))
        : [];
    case 'accepted':
      return attempt.run === 'ok' || attempt.run === 'bad'
        ? after(state, `attempt ${task} is settled`, (next) => settle(next, task))
        : [];
    default:
      return [];
  }
}

function endEvidence(next: ModelState, task: number, flaws: Flaws): void {
  if (flaws.resubmitUnknown === true) {
    if (move(at(next.attempts, task), 'lost')) next.job = 'queued';
    return;
  }
  next.job = 'needs_review';
}

function settle(next: ModelState, task: number): void {
  const attempt = at(next.attempts, task);
  attempt.told = true;
  if (!move(attempt, attempt.run === 'ok' ? 'succeeded' : 'failed')) return;
  if (next.job !== 'active' && next.job !== 'needs_review') return;
  if (attempt.run === 'ok') next.job = 'succeeded';
  else next.job = next.attempts.length < ATTEMPTS_MAX ? 'queued' : 'failed';
}

function pauseSteps(state: ModelState): Step[] {
  if (state.paused)
    return after(state, 'the batch is resumed', (next) => {
      next.paused = false;
    });
  if (state.pauses === 0) return [];
  return after(state, 'the batch is paused', (next) => {
    next.paused = true;
    next.pauses -= 1;
  });
}
