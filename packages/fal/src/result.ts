/** Reads a request's outcome from fal: the answer's status and headers decide, and only a whole answer counts. */
import { type AskContext, ask, type RequestRef } from './ask.ts';
import type { ResultHint, ResultOutcome } from './fal.ts';
import { isRecord, type ProviderWords, readProviderWords } from './provider-words.ts';
import { noAnswerFailure, readFailure } from './read-failure.ts';
import { isVerdict, runFailure } from './run-failure.ts';
import type { Answer } from './wire/answer.ts';

/** Decimal with an optional fraction and exponent, as fal's servers print a float. */
const BILLABLE_UNITS = /^\d{1,15}(\.\d{1,20})?([eE][+-]?\d{1,2})?$/;

export async function result(context: AskContext, request: RequestRef, hint: ResultHint): Promise<ResultOutcome> {
  const asked = await ask(context, request, (queue, options) => queue.result(request.endpointId, options));
  if (asked.kind === 'no_answer') return { kind: 'unavailable', failure: noAnswerFailure(asked.code) };
  return classifyResult(asked.answer, hint, context.secrets, Date.now());
}

export function classifyResult(
  answer: Answer,
  hint: ResultHint,
  secrets: readonly string[],
  nowMs: number,
): ResultOutcome {
  const unavailable = (): ResultOutcome => ({ kind: 'unavailable', failure: readFailure(answer, secrets, nowMs) });
  if (answer.status === 404) return { kind: 'gone' };
  // A cut answer may have lost the very words that decide.
  if (answer.body.kind === 'cut') return unavailable();

  const words = readProviderWords(answer, secrets);
  if (answer.status === 200) {
    if (!isRecord(words.json)) return unavailable();
    return { kind: 'succeeded', output: words.json, billableUnits: billableUnits(answer) };
  }
  if (isStillRunning(answer, words)) return { kind: 'not_finished' };
  if (answer.status < 400 || SPEAKS_OF_CALLER.has(answer.status) || !isVerdict(answer, words, hint.saidFailed)) {
    return unavailable();
  }
  return {
    kind: 'failed',
    failure: runFailure(answer, words),
    billableUnits: billableUnits(answer),
    httpStatus: answer.status,
  };
}

/** These judge our key and our pace, not the run. */
const SPEAKS_OF_CALLER: ReadonlySet<number> = new Set([401, 402, 403, 429]);

/** fal answers an early question with 400 and this text, the same status as a run that failed with `bad_request`. */
function isStillRunning(answer: Answer, words: ProviderWords): boolean {
  if (answer.status === 202) return true;
  const detail = isRecord(words.json) ? words.json.detail : null;
  return answer.status === 400 && typeof detail === 'string' && /\bin progress\b/i.test(detail);
}

function billableUnits(answer: Answer): string | null {
  const units = answer.header('x-fal-billable-units')?.trim() ?? '';
  return BILLABLE_UNITS.test(units) ? units : null;
}
