/**
 * For whoever watches the process, never for customers: /healthz says that it runs, /readyz that its database answers. It
 * tells nothing of what is in there.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Context, checkReadiness } from '@reelay/engine';

const REQUEST_TIMEOUT_MS = 5_000;

export interface HealthListener {
  readonly url: string;
  close(): Promise<void>;
}

export async function startHealthListener(
  context: Pick<Context, 'db'>,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<HealthListener> {
  const server = createServer(
    { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
    (request, response) => {
      void answer(context, request.url ?? '').then(({ status, body }) => {
        response.writeHead(status, { 'content-type': 'application/json' });
        response.end(JSON.stringify(body));
      });
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(context: Pick<Context, 'db'>, url: string): Promise<{ status: number; body: unknown }> {
  if (url === '/healthz') return { status: 200, body: { status: 'ok' } };
  if (url !== '/readyz') return { status: 404, body: { status: 'not_found' } };
  const body = await checkReadiness(context);
  return { status: body.status === 'ready' ? 200 : 503, body };
}
