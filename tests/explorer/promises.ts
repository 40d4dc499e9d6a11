import { ATTEMPTS_MAX, isLive, isOpen, type ModelState } from './model-state.ts';

/** Names the first promise that a state breaks, or null. */
export function brokenPromise(state: ModelState): string | null {
  const accepted = state.attempts.filter((attempt) => attempt.accepted);
  if (state.attempts.some(({ posts }) => posts > 1)) return 'one POST per attempt';
  if (state.attempts.filter(isLive).length > 1) return 'one live attempt per job';
  // A second acceptance is right only after fal has told us that the first run failed, or when a person took the risk.
  if (accepted.slice(0, -1).some(({ run, told, risk }) => !risk && (run !== 'bad' || !told))) return 'never paid twice';
  const givenBack = state.attempts.filter(({ state: name }) => name === 'refused' || name === 'released');
  if (givenBack.some((attempt) => attempt.accepted || attempt.onTheWire))
    return 'money is given back only for what fal never took';
  if (state.job === 'succeeded' && !accepted.some(({ run }) => run === 'ok')) return 'a success is one at fal';
  if (state.job === 'failed' && accepted.some(({ run, givenUp }) => run === 'ok' && !givenUp))
    return 'paid work is not thrown away';
  if (state.attempts.some(({ state: name, proven, orphan }) => proven && !orphan && IN_DOUBT.has(name)))
    return 'proof of acceptance is never forgotten';
  if (state.batch === 'completed' && isOpen(state) && !state.attempts.some(({ state: name }) => name === 'accepted'))
    return 'a closed batch has nothing open but what runs at fal already';
  return null;
}

const IN_DOUBT: ReadonlySet<string> = new Set(['sending', 'unknown', 'lost']);

/** The job has ended or waits for a person, and its batch has closed. */
export function isAtRest(state: ModelState): boolean {
  return (!isOpen(state) && state.batch === 'completed') || isUsedUp(state);
}

/** The model stops at two attempts; a real job goes on. */
function isUsedUp(state: ModelState): boolean {
  return state.job === 'queued' && state.attempts.length >= ATTEMPTS_MAX;
}
