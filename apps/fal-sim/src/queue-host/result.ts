import type { FastifyReply } from 'fastify';
import { resultExpiresAtSimMs } from '../result-expiry.ts';
import type { SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { answerGatewayPage, answerJson, answerNotFound, truncateAnswer } from './answer.ts';
import { answerOutcome } from './answer-outcome.ts';
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
  if (trouble === 'typed_503') return answerTypedError(request, reply);
  if (world.dice.ask('result.truncated', request.inputSha256)) {
    return truncateAnswer(reply, outcome.httpStatus, Buffer.from(outcome.body));
  }
  return answerOutcome(world, request, outcome, reply);
}

/** As a runner's own failure looks, though the run has succeeded. */
function answerTypedError(request: SimRequest, reply: FastifyReply): FastifyReply {
  const type = 'runner_connection_error';
  return answerJson(
    reply.header('x-fal-error-type', type),
    503,
    { detail: 'unavailable', error_type: type },
    request.id,
  );
}

function answerStillRunning(request: SimRequest, reply: FastifyReply): FastifyReply {
  return answerJson(reply, 400, { detail: 'Request is still in progress' }, request.id);
}
