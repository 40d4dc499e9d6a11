/**
 * The one table of what an answer to a submit proves. Statuses that fal gives before it accepts anything are refusals;
 * every other answer without a request id may stand for an accepted, paid request and is therefore unknown.
 */
import type { Failure, FailureKind } from '@reelay/core';
import { ACCOUNT_ADVICE, accountFailureKind } from './account-failure.ts';
import type { SubmitOutcome } from './fal.ts';
import { isId } from './ids.ts';
import { isRecord, type ProviderWords, quoteProvider, readProviderWords } from './provider-words.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Answer } from './wire/answer.ts';
import type { PostOutcome } from './wire/post-once.ts';

type RefusalKind = Extract<
  FailureKind,
  'submit_rejected' | 'bad_credentials' | 'account_locked' | 'model_not_found' | 'rate_limited'
>;

/** A 403 turns into `account_locked` when its text says so. */
const REFUSALS: ReadonlyMap<number, RefusalKind> = new Map<number, RefusalKind>([
  [400, 'submit_rejected'],
  [401, 'bad_credentials'],
  [402, 'account_locked'],
  [403, 'bad_credentials'],
  [404, 'model_not_found'],
  [405, 'submit_rejected'],
  [413, 'submit_rejected'],
  [415, 'submit_rejected'],
  [422, 'submit_rejected'],
  [429, 'rate_limited'],
]);

const ADVICE: Record<RefusalKind, string> = {
  ...ACCOUNT_ADVICE,
  submit_rejected: 'fal refused the request before running it',
  model_not_found: 'fal knows no such model; check the endpoint id',
  rate_limited: 'fal asks for fewer requests',
};

export function classifySubmit(outcome: PostOutcome, secrets: readonly string[], nowMs: number): SubmitOutcome {
  switch (outcome.kind) {
    case 'not_connected':
      return {
        kind: 'refused',
        failure: { kind: 'not_connected', message: `fal could not be reached (${outcome.code}); nothing was sent` },
      };
    case 'withheld':
      return {
        kind: 'refused',
        failure: { kind: 'not_sent', message: 'the deadline had passed before anything was sent' },
      };
    case 'no_answer':
      return unknown('no_answer', `fal may have accepted the request, but its answer was lost (${outcome.code})`);
    case 'answered':
      return classifyAnswer(outcome.answer, secrets, nowMs);
  }
}

function classifyAnswer(answer: Answer, secrets: readonly string[], nowMs: number): SubmitOutcome {
  const words = readProviderWords(answer, secrets);
  const refusal = REFUSALS.get(answer.status);
  if (refusal) {
    const kind = answer.status === 403 ? accountFailureKind(403, words.message) : refusal;
    return { kind: 'refused', failure: refusalFailure(kind, answer, words, nowMs) };
  }
  const requestId = answer.status >= 200 && answer.status < 300 ? requestIdOf(words.json) : null;
  if (requestId !== null) return { kind: 'accepted', requestId };
  const message = `fal may have accepted the request, but answered ${answer.status} without a request id`;
  return unknown('unclear_answer', message, quoteProvider(answer, words));
}

function requestIdOf(json: unknown): string | null {
  const id = isRecord(json) ? json.request_id : null;
  return typeof id === 'string' && isId(id) ? id : null;
}

function refusalFailure(kind: RefusalKind, answer: Answer, words: ProviderWords, nowMs: number): Failure {
  const retryAfterMs = parseRetryAfter(answer.header('retry-after'), nowMs);
  return {
    kind,
    message: words.message === null ? `${ADVICE[kind]} (${answer.status})` : `${ADVICE[kind]}: ${words.message}`,
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    provider: quoteProvider(answer, words),
  };
}

function unknown(kind: 'no_answer' | 'unclear_answer', message: string, provider?: Failure['provider']): SubmitOutcome {
  return { kind: 'unknown', failure: { kind, message, ...(provider ? { provider } : {}) } };
}
