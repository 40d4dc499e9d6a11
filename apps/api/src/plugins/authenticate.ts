import type { Caller } from '@reelay/engine';
import type { FastifyRequest } from 'fastify';
import type { App, Door } from '../app.ts';
import { unavailable } from '../error-map.ts';
import { ProblemError } from '../problem-error.ts';

const BEARER = /^Bearer +(\S+)$/i;
/** The first question that every request puts to the database, and so what tells that it is gone. */
const LOOKUP_TIMEOUT_MS = 2_000;

/** Lets nobody through without a key, before the body is read. */
export function requireKey(app: App, { authenticate }: Door): void {
  app.decorateRequest('caller');
  app.addHook('onRequest', async (request, reply) => {
    reply.header('cache-control', 'no-store');
    const caller = await withinPatience(authenticate(bearerOf(request)));
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

async function withinPatience(lookup: Promise<Caller | null>): Promise<Caller | null> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable('the database does not answer; try again')), LOOKUP_TIMEOUT_MS);
  });
  try {
    return await Promise.race([lookup, patience]);
  } finally {
    clearTimeout(timer);
  }
}
