import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { answerJson, holdBack, resetConnection } from './answer.ts';
import { queryOf } from './read-submit.ts';
import { buildStatus } from './status-body.ts';

export async function readStatus(world: World, request: SimRequest, http: FastifyRequest, reply: FastifyReply) {
  const { dice } = world;
  const slow = dice.ask('status.slow', request.inputSha256);
  if (slow && !(await holdBack(http, slow.amount, world.closing))) return resetConnection(reply);
  if (dice.ask('status.error_500', request.inputSha256)) {
    return answerJson(reply, 500, { detail: 'Internal Server Error' }, request.id);
  }
  await request.outcomeSaved;
  const { code, body } = buildStatus(world, request, wantsLogs(http));
  return answerJson(reply, code, body, request.id);
}

/** The Python client sends a boolean, the JavaScript client a digit. */
export function wantsLogs(http: FastifyRequest): boolean {
  return ['1', 'true'].includes(queryOf(http, 'logs')?.toLowerCase() ?? '');
}
