/** Patrol, and the closing of the batch: a look without a lock, then the close, which looks again under it. */
import { after, at, type Flaws, isOpen, type ModelState, move, type Step } from './model-state.ts';
import { endEvidence, outcomeSteps } from './settle-steps.ts';

export function patrolSteps(state: ModelState, task: number, flaws: Flaws): Step[] {
  switch (at(state.attempts, task).state) {
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
    default:
      return outcomeSteps(state, task, flaws);
  }
}

export function closingSteps(state: ModelState, flaws: Flaws): Step[] {
  if (state.closer === 'saw_nothing_open') {
    const close = after(state, 'the batch is closed', (next) => {
      next.closer = 'idle';
      if (!isOpen(next) || flaws.closeOnAnOldLook === true) next.batch = 'completed';
    });
    // Whoever looked dies; with patrol somebody looks again.
    const die = after(state, 'the closer dies', (next) => {
      next.closer = 'idle';
      next.crashes = flaws.closeOnlyAtOnce === true ? -1 : next.crashes - 1;
    });
    return state.crashes > 0 ? [...close, ...die] : close;
  }
  if (state.batch !== 'in_progress' || isOpen(state) || state.crashes < 0) return [];
  return after(state, 'the batch has nothing open', (next) => {
    next.closer = 'saw_nothing_open';
  });
}
