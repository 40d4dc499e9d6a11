// Runs a request while its caller waits. There is no queue here: without a free slot the call is refused and leaves no
// trace. As on the queue host, the acceptance is in the ledger before anything runs; a caller that hangs up does not
// stop the run, nor its bill.
import type { FastifyReply, FastifyRequest } from 'fastify';
import { answerRequestError, resetConnection } from '../queue-host/answer.ts';
import { answerOutcome } from '../queue-host/answer-outcome.ts';
import { type NewRequest, readSubmit } from '../queue-host/read-submit.ts';
import { refuseByAccount, refuseTimeout } from '../queue-host/refusals.ts';
import type { Outcome, SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';

export async function runAndAnswer(world: World, endpoint: string, http: FastifyRequest, reply: FastifyReply) {
  const refused = refuseByAccount(world, endpoint, reply);
  if (refused) return refused;
  const reading = readSubmit(http, endpoint, world);
  if (reading.kind === 'bad_timeout') return refuseTimeout(reply);
  if (!world.runner.holdSlot()) return refuseConcurrency(reply);

  const request = await acceptIntoSlot(world, { ...reading.request, webhookUrl: null });
  const outcome = await waitForOutcome(world, request);
  if (!outcome) return resetConnection(reply);
  await request.outcomeSaved;
  return answerOutcome(world, request, outcome, reply);
}

function refuseConcurrency(reply: FastifyReply): FastifyReply {
  reply.header('x-fal-needs-retry', '1');
  return answerRequestError(reply, 429, 'concurrent_requests_limit', 'Concurrent requests limit reached');
}

async function acceptIntoSlot({ ledger, runner }: World, reading: NewRequest): Promise<SimRequest> {
  const request = await ledger.accept(reading).catch((error: unknown) => {
    runner.releaseSlot();
    throw error;
  });
  runner.startInHeldSlot(request);
  return request;
}

/** Null when the simulator closes first. */
function waitForOutcome({ changes, closing }: World, request: SimRequest): Promise<Outcome | null> {
  return new Promise((resolve) => {
    const settle = (outcome: Outcome | null) => {
      endWatch();
      closing.removeEventListener('abort', onClose);
      resolve(outcome);
    };
    const onClose = () => settle(null);
    const endWatch = changes.watch(request, () => request.outcome && settle(request.outcome));
    closing.addEventListener('abort', onClose, { once: true });
    if (request.outcome) settle(request.outcome);
    if (closing.aborted) settle(null);
  });
}
