import type { FastifyInstance } from 'fastify';
import type { World } from './world.ts';

/** rest.fal.ai's key set, also under its own host prefix. */
export function registerJwks(app: FastifyInstance, world: World): void {
  for (const url of ['/.well-known/jwks.json', '/_host/rest/.well-known/jwks.json']) {
    app.get(url, async () => ({ keys: world.keys.publicKeys() }));
  }
}
