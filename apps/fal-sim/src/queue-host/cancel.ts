import type { FastifyReply } from 'fastify';
import type { CancelAnswer } from '../runs/runner.ts';
import type { SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { answerJson } from './answer.ts';

const ANSWERS: Readonly<Record<CancelAnswer, { code: number; status: string }>> = {
  removed: { code: 200, status: 'OK' },
  requested: { code: 202, status: 'CANCELLATION_REQUESTED' },
  already_completed: { code: 400, status: 'ALREADY_COMPLETED' },
};

export function cancel(world: World, request: SimRequest, reply: FastifyReply): FastifyReply {
  const { code, status } = ANSWERS[world.runner.cancel(request)];
  return answerJson(reply, code, { status }, request.id);
}
