import type { App } from '../app.ts';

/** One line per request, with the route's pattern in place of its URL: a webhook's URL carries a secret. */
export function logAnswers(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    const fields = {
      method: request.method,
      route: request.routeOptions.url ?? null,
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      projectId: request.caller?.projectId,
    };
    const isOurFault = reply.statusCode >= 500;
    if (isOurFault) request.log.warn(fields, 'request answered');
    else request.log.info(fields, 'request answered');
  });
}
