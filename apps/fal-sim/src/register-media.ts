import type { FastifyInstance } from 'fastify';
import { truncateAnswer } from './queue-host/answer.ts';
import { sampleMp4 } from './sample-mp4.ts';
import type { World } from './world.ts';

/** fal's media host: the clip of every successful request, public and without a key. */
export function registerMedia(app: FastifyInstance, world: World): void {
  const route = { exposeHeadRoute: true };
  app.get<{ Params: { name: string } }>('/files/b/:directory/:name', route, async (http, reply) => {
    const request = world.ledger.find(http.params.name.replace(/\.mp4$/, ''));
    if (request?.outcome?.status !== 'completed' || world.dice.askOnce('media.404', request)) {
      return reply.code(404).type('text/plain').send('Not Found');
    }
    if (http.method === 'GET' && world.dice.ask('media.truncated', request.inputSha256)) {
      return truncateAnswer(reply, 200, sampleMp4, 'video/mp4');
    }
    return reply.type('video/mp4').header('cache-control', 'public, max-age=5184000, immutable').send(sampleMp4);
  });
}
