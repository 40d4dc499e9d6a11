// Takes a request in. The acceptance is in the ledger before any byte of an answer leaves, whatever the answer is;
// a refusal leaves no trace but the count of submits seen.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { addressesOf, answerGatewayPage, answerJson, holdBack, resetConnection, truncateAnswer } from './answer.ts';
import { bodyBytes, queryOf, readSubmit, sha256Of } from './read-submit.ts';
import { refuseByAccount, refuseTimeout } from './refusals.ts';

export async function submit(world: World, endpoint: string, http: FastifyRequest, reply: FastifyReply) {
  const refused =
    refuseByAccount(world, endpoint, reply) ?? refuseByFault(world, sha256Of(bodyBytes(http)), http, reply);
  if (refused) return refused;
  const reading = readSubmit(http, endpoint, world);
  if (reading.kind === 'bad_timeout') return refuseTimeout(reply);
  if (isQueueTooLong(world, http)) return answerJson(reply, 429, { detail: 'Queue is full' });

  const request = await world.ledger.accept(reading.request);
  await letRun(world, request);
  return answerAccepted(world, request, http, reply);
}

async function letRun(world: World, request: SimRequest): Promise<void> {
  if (request.webhookUrl !== null && world.dice.askOnce('webhook.before_submit_response', request)) {
    await world.runner.runAtOnce(request);
    return;
  }
  world.runner.enqueue(request);
}

function refuseByFault(world: World, sha256: string, http: FastifyRequest, reply: FastifyReply): FastifyReply | null {
  const { dice } = world;
  if (dice.ask('submit.redirect_307', sha256)) return reply.code(307).header('location', http.url).send();
  const tooMany = dice.ask('submit.refuse_429', sha256);
  if (tooMany) {
    reply.header('retry-after', String(tooMany.amount));
    return answerJson(reply, 429, { detail: 'Too many requests' });
  }
  if (dice.ask('submit.error_503_before_accept', sha256)) {
    return answerGatewayPage(reply, 503, '503 Service Temporarily Unavailable');
  }
  return dice.ask('submit.reset_before_accept', sha256) ? resetConnection(reply) : null;
}

async function answerAccepted(world: World, request: SimRequest, http: FastifyRequest, reply: FastifyReply) {
  const { dice } = world;
  const sha256 = request.inputSha256;
  const answer = JSON.stringify({
    status: 'IN_QUEUE',
    request_id: request.id,
    gateway_request_id: request.id,
    ...addressesOf(request, world.settings.publicUrl),
    queue_position: world.runner.queuePosition(request),
  });
  if (dice.ask('submit.reset_after_accept', sha256)) return resetConnection(reply);
  const hang = dice.ask('submit.hang_after_accept', sha256);
  if (hang && !(await holdBack(http, hang.amount, world.closing))) return resetConnection(reply);
  if (dice.ask('submit.error_500_after_accept', sha256)) {
    return reply.code(500).send({ detail: 'Internal Server Error' });
  }
  if (dice.ask('submit.error_502_after_accept', sha256)) return answerGatewayPage(reply, 502, '502 Bad Gateway');
  if (dice.ask('submit.truncate_2xx', sha256)) return truncateAnswer(reply, 200, Buffer.from(answer));
  if (dice.ask('submit.html_2xx', sha256)) return answerGatewayPage(reply, 200, 'OK');
  return answerJson(reply, 200, answer, request.id);
}

function isQueueTooLong(world: World, http: FastifyRequest): boolean {
  const allowed = queryOf(http, 'fal_max_queue_length');
  return allowed !== undefined && world.runner.queuedCount > Number(allowed);
}
