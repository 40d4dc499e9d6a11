/** A callback URL that is well formed and yet never called. Which those are is not a rule of core's: it is told. */
import { type RowProblem, shownValue } from './row-problem.ts';

/** Why it is not called, as a clause; null: it may be. */
export type CallbackFault = (url: string) => string | null;

export function blockedCallback(url: string, reason: string): RowProblem {
  const message = `callback_url is not called: ${reason}. Give an https URL of a public host, or remove it.`;
  return { column: 'callback_url', pointer: '/callback_url', code: 'blocked_url', value: shownValue(url), message };
}
