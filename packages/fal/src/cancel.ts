/** Asks fal to cancel a request. `requested` promises nothing: the outcome still decides, and a success is kept. */
import { type AskContext, ask, type RequestRef } from './ask.ts';
import type { CancelOutcome } from './fal.ts';
import { isRecord, readProviderWords } from './provider-words.ts';
import type { Answer } from './wire/answer.ts';

export async function cancel(context: AskContext, request: RequestRef): Promise<CancelOutcome> {
  const asked = await ask(context, request, (queue, options) => queue.cancel(request.endpointId, options));
  return asked.kind === 'no_answer' ? 'unavailable' : classifyCancel(asked.answer);
}

export function classifyCancel(answer: Answer): CancelOutcome {
  if (answer.status === 404) return 'gone';
  if (answer.status >= 200 && answer.status < 300) return 'requested';
  const { json } = readProviderWords(answer, []);
  return answer.status === 400 && isRecord(json) && json.status === 'ALREADY_COMPLETED'
    ? 'already_completed'
    : 'unavailable';
}
