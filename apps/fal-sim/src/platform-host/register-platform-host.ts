import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasKey } from '../has-key.ts';
import type { World } from '../world.ts';
import { listBillingEvents } from './list-billing-events.ts';
import { listPrices } from './list-prices.ts';
import { listRequests } from './list-requests.ts';
import { answerPlatformError, PlatformError } from './platform-error.ts';
import { readAccountBilling } from './read-account-billing.ts';
import { readMeta } from './read-meta.ts';

/** api.fal.ai: prices, bills and what was sent. Any key will do where fal asks for an admin key. */
export function registerPlatformHost(app: FastifyInstance, world: World): void {
  app.register(
    (platform, _options, done) => {
      platform.setErrorHandler((error, _http, reply) => answerPlatformError(error, reply));
      const auth = { onRequest: requireKey };
      platform.get('/v1/models/pricing', auth, async (http) => listPrices(http));
      platform.get('/v1/models/billing-events', auth, async (http) => listBillingEvents(world, http));
      platform.get('/v1/models/requests/by-endpoint', auth, async (http) => listRequests(world, http));
      platform.get('/v1/account/billing', auth, async (http) => readAccountBilling(world, http));
      platform.get('/v1/meta', async () => readMeta());
      platform.all('/*', async () => {
        throw new PlatformError(404, 'not_found', 'Resource not found');
      });
      done();
    },
    { prefix: '/_host/api' },
  );
}

async function requireKey(http: FastifyRequest): Promise<void> {
  if (!hasKey(http)) throw new PlatformError(401, 'authorization_error', 'Authentication required');
}
