import type { App } from '../app.ts';

const LINGER_MS = 1_000;

/**
 * Who is answered before the body has arrived gets a moment to read the answer, then the connection ends: Node would
 * otherwise read and drop whatever still comes, for as long as it comes.
 */
export function endUnreadBodies(app: App): void {
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.complete) return;
    const timer = setTimeout(() => {
      if (!raw.complete) raw.socket.destroy();
    }, LINGER_MS).unref();
    raw.once('close', () => clearTimeout(timer));
  });
}
