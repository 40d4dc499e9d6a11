import type { FastifyReply } from 'fastify';
import type { Outcome, SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { answerJson } from './answer.ts';

/** The model's own answer: its status, its body and fal's headers. From here on the outcome counts as told. */
export async function answerOutcome(
  world: World,
  request: SimRequest,
  outcome: Outcome,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (!reply.raw.socket?.destroyed) await world.ledger.tell(request);
  const told = world.dice.askOnce('result.no_units', request) ? { ...outcome, billableUnits: null } : outcome;
  return answerJson(reply.headers(outcomeHeaders(told)), outcome.httpStatus, outcome.body, request.id);
}

function outcomeHeaders(outcome: Outcome): Record<string, string> {
  return {
    ...(outcome.billableUnits === null ? {} : { 'x-fal-billable-units': outcome.billableUnits }),
    ...(outcome.errorType === null ? {} : { 'x-fal-error-type': outcome.errorType }),
    ...(outcome.retryable === null ? {} : { 'x-fal-retryable': String(outcome.retryable) }),
    ...(outcome.userTimeout ? { 'x-fal-request-timeout-type': 'user' } : {}),
    'x-fal-served-from': 'fal-sim',
  };
}
