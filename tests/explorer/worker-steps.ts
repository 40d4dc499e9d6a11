/** Dispatch, the queue and two workers: how an attempt gets on its way, and what its sender makes of the answer. */
import {
  ATTEMPTS_MAX,
  after,
  at,
  type Flaws,
  isLive,
  type ModelState,
  type ModelWorker,
  move,
  newAttempt,
  type Step,
} from './model-state.ts';
import { adopt } from './settle-steps.ts';

export function dispatchSteps(state: ModelState): Step[] {
  const closed = state.paused || state.batch !== 'in_progress';
  if (state.job !== 'queued' || closed || state.attempts.length >= ATTEMPTS_MAX) return [];
  // The database's partial unique index: one live attempt per job.
  if (state.attempts.some(isLive)) return [];
  return after(state, 'dispatch reserves', (next) => {
    next.attempts.push(newAttempt());
    next.tasks.push(next.attempts.length - 1);
    next.job = 'active';
  });
}

export function queueSteps(state: ModelState): Step[] {
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

export function workerSteps(state: ModelState, index: number, flaws: Flaws): Step[] {
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
      if (move(attempt, 'released')) requeue(next);
      return;
    }
    const claimed = move(attempt, 'sending') || (flaws.sendWithoutClaim === true && isLive(attempt));
    if (claimed) next.workers[index] = { step: 'claimed', attempt: task };
    else if (flaws.refuseForAnother === true && attempt.state === 'unknown' && move(attempt, 'refused')) requeue(next);
  });
}

/** Only an open job moves: one that has been closed meanwhile keeps its outcome. */
function requeue(next: ModelState): void {
  if (next.job === 'active' || next.job === 'needs_review')
    next.job = next.batch === 'in_progress' ? 'queued' : 'failed';
}

function send(state: ModelState, index: number, task: number): Step[] {
  return after(state, `worker ${index} sends attempt ${task}`, (next) => {
    const attempt = at(next.attempts, task);
    attempt.posts += 1;
    attempt.onTheWire = true;
    next.workers[index] = { step: 'waiting', attempt: task };
  });
}

/** It woke up after its deadline. What patrol has given up meanwhile is proven unsent by it. */
function withhold(state: ModelState, index: number, task: number): Step[] {
  return after(state, `worker ${index} keeps attempt ${task} unsent`, (next) => {
    next.workers[index] = { step: 'idle', attempt: -1 };
    if (move(at(next.attempts, task), 'refused')) requeue(next);
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
    attempt.proven = true;
    if (flaws.forgetLateAnswer === true && attempt.state !== 'sending') return;
    adopt(next, task, flaws);
  } else if (step === 'got_refused' || flaws.lostAnswerIsRefusal === true) {
    if (move(attempt, 'refused')) requeue(next);
  } else {
    move(attempt, 'unknown');
  }
}
