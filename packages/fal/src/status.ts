/** Asks fal how far a request is. A status only says when to ask for the result; it decides no outcome. */
import { type AskContext, ask, type RequestRef } from './ask.ts';
import type { StatusOutcome } from './fal.ts';
import { isRecord, readProviderWords } from './provider-words.ts';
import { noAnswerFailure, readFailure } from './read-failure.ts';
import type { Answer } from './wire/answer.ts';

export async function status(context: AskContext, request: RequestRef): Promise<StatusOutcome> {
  const asked = await ask(context, request, (queue, options) => queue.status(request.endpointId, options));
  if (asked.kind === 'no_answer') return { kind: 'unavailable', failure: noAnswerFailure(asked.code) };
  return classifyStatus(asked.answer, context.secrets, Date.now());
}

export function classifyStatus(answer: Answer, secrets: readonly string[], nowMs: number): StatusOutcome {
  if (answer.status === 404) return { kind: 'gone' };
  const { json } = readProviderWords(answer, secrets);
  // 202 until it is over, 200 then; only the body tells which.
  const known = (answer.status === 200 || answer.status === 202) && isRecord(json) ? outcomeOf(json) : null;
  return known ?? { kind: 'unavailable', failure: readFailure(answer, secrets, nowMs) };
}

function outcomeOf(body: Record<string, unknown>): StatusOutcome | null {
  switch (body.status) {
    case 'IN_QUEUE':
      return { kind: 'waiting', queuePosition: positionOf(body.queue_position) };
    case 'IN_PROGRESS':
      return { kind: 'running' };
    case 'COMPLETED':
      return { kind: 'completed', failed: isSaid(body.error) || isSaid(body.error_type) };
    // Not documented, but reported by third parties.
    case 'FAILED':
    case 'ERROR':
      return { kind: 'completed', failed: true };
    default:
      return null;
  }
}

function isSaid(value: unknown): boolean {
  return value !== undefined && value !== null && value !== '';
}

function positionOf(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : null;
}
