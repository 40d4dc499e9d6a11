import type { FastifyReply } from 'fastify';
import { resultExpiresAtSimMs } from '../result-expiry.ts';
import type { Outcome, SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { answerGatewayPage, answerJson, answerNotFound, truncateAnswer } from './answer.ts';
import type { ResultReads } from './result-reads.ts';

export async function readResult(world: World, reads: ResultReads, request: SimRequest, reply: FastifyReply) {
  const { outcome } = request;
  if (!outcome) return answerStillRunning(request, reply);
  await request.outcomeSaved;
  const isExpired = world.clock.nowMs() >= resultExpiresAtSimMs(outcome, world.settings);
  if (isExpired || world.dice.askOnce('result.expired_404', request)) return answerNotFound(reply);
  const trouble = reads.nextTrouble(request);
  if (trouble === 'early_400') return answerStillRunning(request, reply);
  if (trouble === 'gateway_504') return answerGatewayPage(reply, 504, '504 Gateway Time-out');
  if (world.dice.ask('result.truncated', request.inputSha256)) {
    return truncateAnswer(reply, outcome.httpStatus, outcome.body);
  }
  if (!reply.raw.socket?.destroyed) world.ledger.tell(request);
  return answerJson(reply.headers(outcomeHeaders(outcome)), outcome.httpStatus, outcome.body, request.id);
}

function answerStillRunning(request: SimRequest, reply: FastifyReply): FastifyReply {
  return answerJson(reply, 400, { detail: 'Request is still in progress' }, request.id);
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
