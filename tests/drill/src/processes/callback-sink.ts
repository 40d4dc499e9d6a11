/**
 * The customers' side of the callbacks: a server that checks each delivery's signature with an independent library, keeps
 * what it was sent, and now and then answers badly or hangs up after it has read everything.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { Random } from '../seeded-random.ts';

/** What was received under one `webhook-id`. */
export interface Received {
  readonly id: string;
  readonly sha256: string;
  /** Deliveries that were answered 2xx, as far as the sink knows, and all others. */
  taken: number;
  refused: number;
}

export interface CallbackSink {
  readonly port: number;
  /** By `webhook-id`. */
  readonly received: ReadonlyMap<string, Received>;
  /** Deliveries that should not have come as they did: a wrong signature, other bytes under the same id. */
  readonly wrong: readonly string[];
  /** Deliveries to `path` are signed with this secret. */
  expect(path: string, secret: string): void;
  close(): Promise<void>;
}

const REFUSALS = [500, 503, 429, 404];

export async function startCallbackSink(random: Random): Promise<CallbackSink> {
  const hooks = new Map<string, Webhook>();
  const received = new Map<string, Received>();
  const wrong: string[] = [];

  const keep = (id: string, body: string): Received => {
    const sha256 = createHash('sha256').update(body).digest('hex');
    const known = received.get(id) ?? { id, sha256, taken: 0, refused: 0 };
    if (known.sha256 !== sha256) wrong.push(`${id} came with other bytes than before`);
    received.set(id, known);
    return known;
  };

  async function take(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
    const body = await text(request);
    const id = String(request.headers['webhook-id']);
    try {
      verify(hooks.get(request.url ?? ''), request, body);
    } catch (error) {
      wrong.push(`${id} at ${request.url}: ${error instanceof Error ? error.message : String(error)}`);
    }
    const delivery = keep(id, body);
    const chance = random.next();
    if (chance < 0.02) {
      // Taken by the customer, and the worker cannot know.
      delivery.taken += 1;
      request.socket.destroy();
      return;
    }
    if (chance < 0.07) {
      delivery.refused += 1;
      response.writeHead(random.pick(REFUSALS)).end();
      return;
    }
    delivery.taken += 1;
    response.writeHead(204).end();
  }

  const server = http.createServer((request, response) => {
    take(request, response).catch(() => request.socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    received,
    wrong,
    expect: (path, secret) => void hooks.set(path, new Webhook(secret)),
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

function verify(hook: Webhook | undefined, { headers }: http.IncomingMessage, body: string): void {
  if (!hook) throw new Error('nobody has an endpoint there');
  const signed = ['webhook-id', 'webhook-timestamp', 'webhook-signature'];
  hook.verify(body, Object.fromEntries(signed.map((name) => [name, String(headers[name])])));
}
