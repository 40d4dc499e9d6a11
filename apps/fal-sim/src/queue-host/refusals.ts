import type { FastifyReply } from 'fastify';
import { findModel } from '../models/catalogue.ts';
import type { World } from '../world.ts';
import { answerJson, answerRequestError } from './answer.ts';

const LOCKED = 'User is locked. Reason: Exhausted balance. Top up your balance at fal.ai/dashboard/billing';

export function refuseKey(reply: FastifyReply, app: string): FastifyReply {
  const detail = `Cannot access application "${app}". Authentication is required to access this application.`;
  return answerJson(reply, 401, { detail });
}

/** What both the queue and the sync host look at before they read a request. */
export function refuseByAccount(world: World, endpoint: string, reply: FastifyReply): FastifyReply | null {
  if (!findModel(endpoint)) return answerJson(reply, 404, { detail: `Application "${endpoint}" not found` });
  return world.ledger.state.locked ? answerJson(reply, 403, { detail: LOCKED }) : null;
}

export function refuseTimeout(reply: FastifyReply): FastifyReply {
  return answerRequestError(reply, 400, 'bad_request', 'Invalid request timeout header');
}
