/** What people do: pause and resume, and decide about a job that waits in review or has failed. */
import { LIVE_ATTEMPT_STATES } from '@reelay/core';
import { after, at, type Flaws, type ModelAttempt, type ModelState, move, type Step } from './model-state.ts';
import { adopt } from './settle-steps.ts';

export function pauseSteps(state: ModelState): Step[] {
  if (state.paused)
    return after(state, 'the batch is resumed', (next) => {
      next.paused = false;
    });
  if (state.pauses === 0 || state.batch !== 'in_progress') return [];
  return after(state, 'the batch is paused', (next) => {
    next.paused = true;
    next.pauses -= 1;
  });
}

export function decisionSteps(state: ModelState, flaws: Flaws): Step[] {
  if (state.decisions === 0) return [];
  const decide = (name: string, change: (next: ModelState) => void) =>
    after(state, name, (next) => {
      next.decisions -= 1;
      change(next);
    });
  if (state.job === 'failed') {
    if (!state.attempts.every((attempt) => mayRunBeside(attempt, flaws))) return [];
    return decide('a person retries the job', reopen);
  }
  if (state.job !== 'needs_review') return [];
  return [
    ...decide('a person gives the job up', (next) => {
      declareLost(next, { risk: false });
      next.job = 'failed';
    }),
    ...decide('a person runs the job again, at their risk', (next) => {
      if (flaws.keepUnknownWhenRunAgain !== true) declareLost(next, { risk: true });
      reopen(next);
    }),
    ...state.attempts.flatMap((attempt, task) =>
      attempt.accepted && attempt.state === 'unknown'
        ? decide(`a person adopts attempt ${task} from fal's own pages`, (next) => adopt(next, task, flaws))
        : [],
    ),
  ];
}

/** A retry is refused while an attempt was paid, or may still turn out to be. */
function mayRunBeside({ state }: ModelAttempt, flaws: Flaws): boolean {
  if (flaws.retryUnproven === true) return true;
  if (state === 'succeeded') return flaws.retryBesideASuccess === true;
  return state !== 'lost' && !(LIVE_ATTEMPT_STATES as readonly string[]).includes(state);
}

function reopen(next: ModelState): void {
  next.job = 'queued';
  next.batch = 'in_progress';
}

function declareLost(next: ModelState, accepted: { readonly risk: boolean }): void {
  for (const task of next.attempts.keys()) {
    const attempt = at(next.attempts, task);
    // A request whose id is known is followed as an orphan acceptance from then on.
    const orphan = attempt.state === 'accepted';
    if ((attempt.state === 'unknown' || attempt.state === 'accepted') && move(attempt, 'lost'))
      Object.assign(attempt, { givenUp: true, orphan, ...accepted });
  }
}
