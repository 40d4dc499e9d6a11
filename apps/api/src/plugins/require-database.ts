import type { App, Door } from '../app.ts';
import { unavailable } from '../error-map.ts';

/** Nothing behind this can be done without the database, so nobody waits for one that is known to be gone. */
export function requireDatabase(app: App, { isDatabaseReachable }: Door): void {
  app.addHook('onRequest', async () => {
    if (!isDatabaseReachable()) throw unavailable('the database does not answer; try again');
  });
}
