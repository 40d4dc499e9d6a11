import type { FastifyRequest } from 'fastify';
import type { App, Door } from '../app.ts';
import { ProblemError } from '../problem-error.ts';

const BEARER = /^Bearer +(\S+)$/i;

/** Lets nobody through without a key, before the body is read. */
export function requireKey(app: App, { authenticate }: Door): void {
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const caller = await authenticate(bearerOf(request));
    if (!caller) throw unauthorized('this API key is unknown, revoked or expired; check it or create a new one');
    request.caller = caller;
  });
}

function bearerOf(request: FastifyRequest): string {
  const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (key === undefined) throw unauthorized('send "Authorization: Bearer <key>" with an API key of your project');
  return key;
}

function unauthorized(detail: string): ProblemError {
  return new ProblemError('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer realm="reelay"' } });
}
