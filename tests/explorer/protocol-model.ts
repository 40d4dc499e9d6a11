/**
 * The attempt protocol of one job in a batch as a small machine: two workers, a queue that loses and doubles tasks, a
 * network that delays, loses and answers late, a fal that accepts what reaches it, patrol, the batch's closing, and a
 * person who decides. Every state change of an attempt goes through core's own transition table, so a change of that
 * table changes what is explored here.
 */
import { falSteps } from './fal-steps.ts';
import type { Flaws, ModelState, Step } from './model-state.ts';
import { closingSteps, patrolSteps } from './patrol-steps.ts';
import { decisionSteps, pauseSteps } from './person-steps.ts';
import { dispatchSteps, queueSteps, workerSteps } from './worker-steps.ts';

/** Every step that may happen next, in any order and at any time. */
export function stepsFrom(state: ModelState, flaws: Flaws): Step[] {
  return [
    ...dispatchSteps(state),
    ...queueSteps(state),
    ...state.workers.flatMap((_, worker) => workerSteps(state, worker, flaws)),
    ...state.attempts.flatMap((_, attempt) => [
      ...falSteps(state, attempt, flaws),
      ...patrolSteps(state, attempt, flaws),
    ]),
    ...closingSteps(state, flaws),
    ...pauseSteps(state),
    ...decisionSteps(state, flaws),
  ];
}
