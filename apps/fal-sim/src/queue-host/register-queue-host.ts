import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasKey } from '../has-key.ts';
import type { SimRequest } from '../sim-request.ts';
import type { World } from '../world.ts';
import { answerNotFound } from './answer.ts';
import { cancel } from './cancel.ts';
import { refuseKey } from './refusals.ts';
import { isPathOf, parseRequestPath, type RequestVerb } from './request-path.ts';
import { readResult } from './result.ts';
import { ResultReads } from './result-reads.ts';
import { readStatus } from './status.ts';
import { streamStatus } from './status-stream.ts';
import { submit } from './submit.ts';

/** queue.fal.run: everything on a bare path that no other host claims. */
export function registerQueueHost(app: FastifyInstance, world: World): void {
  const reads = new ResultReads(world.dice, world.settings.seed);
  const onSubmitSeen = async () => world.ledger.noteSubmitSeen();

  app.post('/*', { onRequest: onSubmitSeen }, async (http, reply) => {
    const endpoint = pathnameOf(http).slice(1);
    return hasKey(http) ? submit(world, endpoint, http, reply) : refuseKey(reply, endpoint);
  });
  app.get('/*', async (http, reply) => {
    const found = findRequest(world, http);
    if (found.kind === 'no_key') return refuseKey(reply, found.app);
    if (found.kind === 'not_found') return answerNotFound(reply);
    switch (found.verb) {
      case 'status':
        return readStatus(world, found.request, http, reply);
      case 'status-stream':
        return streamStatus(world, found.request, http, reply);
      case 'result':
        return readResult(world, reads, found.request, reply);
      case 'cancel':
        return answerNotFound(reply);
    }
  });
  app.put('/*', async (http, reply) => {
    const found = findRequest(world, http);
    if (found.kind === 'no_key') return refuseKey(reply, found.app);
    return found.kind === 'found' && found.verb === 'cancel'
      ? cancel(world, found.request, reply)
      : answerNotFound(reply);
  });
}

type Found =
  | { readonly kind: 'found'; readonly request: SimRequest; readonly verb: RequestVerb }
  | { readonly kind: 'no_key'; readonly app: string }
  | { readonly kind: 'not_found' };

function findRequest(world: World, http: FastifyRequest): Found {
  const path = parseRequestPath(pathnameOf(http));
  if (!path) return { kind: 'not_found' };
  if (!hasKey(http)) return { kind: 'no_key', app: path.app };
  const request = world.ledger.find(path.requestId);
  if (!request || !isPathOf(path.app, request.endpoint)) return { kind: 'not_found' };
  return { kind: 'found', request, verb: path.verb };
}

function pathnameOf(http: FastifyRequest): string {
  const [pathname = '/'] = http.url.split('?', 1);
  return pathname;
}
