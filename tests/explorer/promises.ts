import type { ModelState } from './protocol-model.ts';

/** Names the first promise that a state breaks, or null. */
export function brokenPromise(state: ModelState): string | null {
  const accepted = state.attempts.filter((attempt) => attempt.accepted);
  if (state.attempts.some(({ posts }) => posts > 1)) return 'one POST per attempt';
  // A second acceptance is right only after fal has told us that the first run failed.
  if (accepted.slice(0, -1).some(({ run, told }) => run !== 'bad' || !told)) return 'never paid twice';
  const givenBack = state.attempts.filter(({ state: name }) => name === 'refused' || name === 'released');
  if (givenBack.some((attempt) => attempt.accepted || attempt.onTheWire))
    return 'money is given back only for what fal never took';
  if (state.job === 'succeeded' && !accepted.some(({ run }) => run === 'ok')) return 'a success is one at fal';
  if (state.job === 'failed' && accepted.some(({ run }) => run === 'ok')) return 'paid work is not thrown away';
  return null;
}

export function isAtRest(state: ModelState): boolean {
  return state.job === 'succeeded' || state.job === 'failed' || state.job === 'needs_review' || isUsedUp(state);
}

/** The model stops at two attempts; a real job goes on. */
function isUsedUp(state: ModelState): boolean {
  return state.job === 'queued' && state.attempts.length > 1;
}
