import fastify, { type FastifyError, type FastifyInstance } from 'fastify';
import type { AdminVerbs } from './admin/admin-verbs.ts';
import { registerAdmin } from './admin/register-admin.ts';
import { registerPlatformHost } from './platform-host/register-platform-host.ts';
import { registerQueueHost } from './queue-host/register-queue-host.ts';
import { registerJwks } from './register-jwks.ts';
import { registerMedia } from './register-media.ts';
import { rewriteHost } from './rewrite-host.ts';
import { registerStorage } from './storage/register-storage.ts';
import { registerSyncHost } from './sync-host/register-sync-host.ts';
import type { World } from './world.ts';

const BODY_BYTES_MAX = 1_048_576;

/** All of fal's hosts on one port: the queue host has the bare paths, the others a path of their own, or their name. */
export function buildApp(world: World, verbs: AdminVerbs): FastifyInstance {
  const app = fastify({
    bodyLimit: BODY_BYTES_MAX,
    forceCloseConnections: true,
    exposeHeadRoutes: false,
    rewriteUrl: (http) => rewriteHost(http.url ?? '/', http.headers.host),
  });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_http, body, done) => done(null, body));
  app.setErrorHandler((error: FastifyError, _http, reply) => {
    const statusCode = error.statusCode ?? 500;
    return reply.code(statusCode).send({ detail: statusCode < 500 ? error.message : 'Internal Server Error' });
  });
  registerAdmin(app, verbs);
  registerJwks(app, world);
  registerMedia(app, world);
  registerPlatformHost(app, world);
  registerSyncHost(app, world);
  registerStorage(app, world);
  registerQueueHost(app, world);
  app.all('/_host/*', async (_http, reply) => reply.code(404).send({ detail: 'Not Found' }));
  return app;
}
