/** Why a question about a request got no usable answer. The run itself is not affected: ask again later. */
import type { Failure } from '@reelay/core';
import { ACCOUNT_ADVICE, accountFailureKind } from './account-failure.ts';
import { quoteProvider, readProviderWords } from './provider-words.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Answer } from './wire/answer.ts';

export function noAnswerFailure(code: string): Failure {
  return { kind: 'provider_unavailable', message: `fal did not answer a question about a request (${code})` };
}

export function readFailure(answer: Answer, secrets: readonly string[], nowMs: number): Failure {
  const words = readProviderWords(answer, secrets);
  const retryAfterMs = parseRetryAfter(answer.header('retry-after'), nowMs);
  return {
    ...kindAndMessage(answer, words.message),
    ...(retryAfterMs === null ? {} : { retryAfterMs }),
    provider: quoteProvider(answer, words),
  };
}

function kindAndMessage(answer: Answer, said: string | null): Pick<Failure, 'kind' | 'message'> {
  const { status, body } = answer;
  if (status === 401 || status === 402 || status === 403) {
    const kind = accountFailureKind(status, said);
    return { kind, message: `${ACCOUNT_ADVICE[kind]} (${status})` };
  }
  if (status === 429) return { kind: 'rate_limited', message: 'fal asks for fewer questions (429)' };
  const why = body.kind === 'cut' ? (body.because === 'broken' ? 'a broken answer' : 'too large an answer') : null;
  return {
    kind: 'provider_unavailable',
    message: `fal gave ${why ?? 'no usable answer'} to a question about a request (${status})`,
  };
}
