/** What the tests of deliveries share: a project with a log, receivers on the loopback, and a database whose time passes. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { EventType, Policy } from '@reelay/core';
import { appendEvent } from '@reelay/db';
import { createDeliverer, createEndpoint, type Deliverer, numberEvents } from '@reelay/engine';
import { parseAllowList } from '@reelay/outbound';
import {
  createTestContext,
  createTestDatabase,
  makeProject,
  type TestContext,
  type TestDatabase,
  uniqueId,
} from '@reelay/testkit';
import { afterEach, beforeEach } from 'vitest';

export interface Received {
  readonly path: string;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Sink {
  readonly url: string;
  readonly received: Received[];
  /** From now on; a number is a status. */
  answer: number | ((response: ServerResponse, received: Received) => void);
}

export interface Deliveries {
  readonly context: TestContext;
  readonly projectId: string;
  readonly failpoints: Map<string, () => Promise<void>>;
  sink(): Promise<Sink>;
  endpoint(
    url: string,
    more?: { eventTypes?: EventType[]; progressIntervalMs?: number },
  ): Promise<{ id: string; secret: string }>;
  /** Writes an event and numbers it; returns its id. */
  tell(about?: string, more?: { type?: EventType; callbackUrl?: string }): Promise<string>;
  /** Whatever is due, until nothing is. */
  deliver(): Promise<void>;
  deliverer(): Deliverer;
  /** Everything that the database waits for comes nearer by so much. */
  pass(ms: number): Promise<void>;
}

const allow = parseAllowList('127.0.0.0/8');
if (allow.kind !== 'read') throw new Error('the allow list of the tests cannot be read');
const OUTBOUND = { allow: allow.allow };

export function useDeliveries(policy: Partial<Policy> = { timeScale: 1 }): Deliveries {
  let database: TestDatabase;
  let context: TestContext;
  let projectId: string;
  const servers: Server[] = [];
  const failpoints = new Map<string, () => Promise<void>>();
  beforeEach(async () => {
    failpoints.clear();
    database = await createTestDatabase();
    context = createTestContext({
      databaseUrl: database.url,
      falUrl: 'http://127.0.0.1:9',
      policy,
      outbound: OUTBOUND,
      failpoint: async (name) => failpoints.get(name)?.(),
    });
    projectId = await makeProject(context.db);
  });
  afterEach(async () => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    await context.close();
    await database.drop();
  });
  return {
    failpoints,
    get context() {
      return context;
    },
    get projectId() {
      return projectId;
    },
    sink: () => openSink(servers),
    endpoint: async (url, { eventTypes = [], progressIntervalMs } = {}) => {
      const made = await createEndpoint(context, {
        projectId,
        url,
        eventTypes,
        progressIntervalMs: progressIntervalMs ?? null,
      });
      if (made.kind !== 'created') throw new Error(JSON.stringify(made));
      return { id: made.view.id, secret: made.secret };
    },
    tell: async (about = 'subject', { type = 'batch.paused', callbackUrl } = {}) => {
      const id = uniqueId('event');
      const event = { id, projectId, type, subjectId: about, data: { about }, callbackUrl: callbackUrl ?? null };
      await appendEvent(context.db.prisma, event);
      await numberEvents(context);
      return id;
    },
    deliver: async () => {
      const deliverer = createDeliverer(context);
      while ((await deliverer.begin()) > 0) await deliverer.settled();
      await numberEvents(context);
    },
    deliverer: () => createDeliverer(context),
    pass: async (ms) => {
      const back = `make_interval(secs => ${ms / 1000})`;
      await context.db.pool.query(`
        UPDATE deliveries SET due_at = due_at - ${back} WHERE state = 'pending';
        UPDATE endpoints SET next_due_at = next_due_at - ${back}, throttled_until = throttled_until - ${back},
          failing_since = failing_since - ${back}, served_at = served_at - ${back};
        UPDATE signing_secrets SET previous_until = previous_until - ${back}`);
    },
  };
}

async function openSink(servers: Server[]): Promise<Sink> {
  const received: Received[] = [];
  const server = createServer((request, response) => void take(request, response));
  const sink: Sink = { url: '', received, answer: 200 };
  const take = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const got = { path: request.url ?? '', headers, body: await text(request) };
    received.push(got);
    if (typeof sink.answer === 'number') response.writeHead(sink.answer).end();
    else sink.answer(response, got);
  };
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(sink, { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` });
}
