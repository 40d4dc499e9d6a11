import type { Scope } from '@reelay/core';
import type { Caller } from '@reelay/engine';
import type { FastifyRequest } from 'fastify';
import type { App, Door } from '../app.ts';
import { ProblemError } from '../problem-error.ts';
import { scopeOfRoute } from '../scope-of-route.ts';

const BEARER = /^Bearer +(\S+)$/i;

/** Lets nobody through without a key that may do what is asked, before the body is read. */
export function requireKey(app: App, { authenticate }: Door): void {
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const caller = await authenticate(bearerOf(request));
    if (!caller) throw unauthorized('this API key is unknown, revoked or expired; check it or create a new one');
    request.caller = caller;
    const { url } = request.routeOptions;
    if (url !== undefined) requireScope(caller, scopeOfRoute(request.method, url));
  });
}

function requireScope({ scopes }: Caller, scope: Scope): void {
  if (scopes.includes(scope)) return;
  throw new ProblemError(
    'forbidden',
    `this API key has ${scopes.join(', ')}; this needs ${scope}: use another key, or create one with that scope`,
  );
}

function bearerOf(request: FastifyRequest): string {
  const key = BEARER.exec(request.headers.authorization ?? '')?.[1];
  if (key === undefined) throw unauthorized('send "Authorization: Bearer <key>" with an API key of your project');
  return key;
}

function unauthorized(detail: string): ProblemError {
  return new ProblemError('unauthorized', detail, { headers: { 'www-authenticate': 'Bearer realm="reelay"' } });
}
