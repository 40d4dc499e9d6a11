import type { FastifyInstance } from 'fastify';
import { hasKey } from '../has-key.ts';
import { refuseKey } from '../queue-host/refusals.ts';
import type { World } from '../world.ts';
import { runAndAnswer } from './run-and-answer.ts';

/** fal.run: runs a request while its caller waits. */
export function registerSyncHost(app: FastifyInstance, world: World): void {
  const onRequest = async () => world.ledger.noteSubmitSeen();
  app.post<{ Params: { '*': string } }>('/_host/run/*', { onRequest }, async (http, reply) => {
    const endpoint = http.params['*'];
    return hasKey(http) ? runAndAnswer(world, endpoint, http, reply) : refuseKey(reply, endpoint);
  });
}
