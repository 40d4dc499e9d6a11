/** What an endpoint's answer, or the want of one, means for the delivery and for the endpoint. 2xx alone is a yes. */

/** A call as it ended, in the words of whoever made it. */
export type CallEnd =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | null }
  | { readonly kind: 'failed'; readonly reason: string }
  | { readonly kind: 'blocked'; readonly reason: string };

export type AnswerVerdict =
  | { readonly kind: 'delivered' }
  /** It wants no more of them. */
  | { readonly kind: 'gone'; readonly error: string }
  /** `pauseMs`: what it asks the whole endpoint to be left alone for; null: it did not say. */
  | {
      readonly kind: 'retry';
      readonly error: string;
      readonly pauseMs: number | null;
      readonly overloaded: boolean;
    };

/** It says that it has too much to do, or the proxy before it does. */
const OVERLOADED: ReadonlySet<number> = new Set([429, 502, 504]);
/** A header is the other side's wish, and no wish may hold events back for longer. */
const PAUSE_MAX_MS = 24 * 60 * 60 * 1000;

export function judgeAnswer(end: CallEnd, nowMs: number): AnswerVerdict {
  if (end.kind !== 'answered') {
    const error = end.kind === 'blocked' ? 'blocked' : end.reason;
    return { kind: 'retry', error, pauseMs: null, overloaded: false };
  }
  const { status, retryAfter } = end;
  if (status >= 200 && status < 300) return { kind: 'delivered' };
  if (status === 410) return { kind: 'gone', error: 'gone' };
  const error = status >= 300 && status < 400 ? 'redirect' : 'status';
  return { kind: 'retry', error, pauseMs: readRetryAfter(retryAfter, nowMs), overloaded: OVERLOADED.has(status) };
}

/** Seconds or a date; null when it is absent or makes no sense. */
function readRetryAfter(value: string | null, nowMs: number): number | null {
  const text = value?.trim() ?? '';
  const waitMs = /^\d+$/.test(text) ? Number(text) * 1000 : /[a-z]/i.test(text) ? Date.parse(text) - nowMs : Number.NaN;
  if (Number.isNaN(waitMs)) return null;
  return Math.min(Math.max(waitMs, 0), PAUSE_MAX_MS);
}
