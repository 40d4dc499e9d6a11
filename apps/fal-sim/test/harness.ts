import { createHash, createPublicKey, verify } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFalClient, type FalClient } from '@fal-ai/client';
import { onTestFinished, vi } from 'vitest';
import { type FalSim, type LedgerLine, type SimOptions, startFalSim } from '../src/index.ts';

export const ENDPOINT = 'fal-ai/wan/v2.2-a14b/video-to-video';
export const AUTHORIZED = { authorization: 'Key id:secret' };

/** Longer than the longest run, shorter than any result is kept. */
export const LONGEST_RUN_MS = 240_000;

/** At the default speed of 1 nothing moves within a test unless it advances the clock. */
export async function startSim(options: SimOptions = {}): Promise<FalSim> {
  const sim = await startFalSim(options);
  onTestFinished(() => sim.close());
  return sim;
}

export function inputOf(overrides: Record<string, unknown> = {}): { video_url: string; prompt: string } {
  const small = { video_url: 'https://clips.example/a.mp4', prompt: 'a cat', num_frames: 17 };
  return { ...small, ...overrides };
}

export interface PostOptions {
  readonly query?: string;
  readonly headers?: Record<string, string>;
}

export function post(sim: FalSim, input: unknown, options: PostOptions = {}): Promise<Response> {
  return fetch(`${sim.url}/${ENDPOINT}${options.query ?? ''}`, {
    method: 'POST',
    redirect: 'manual',
    headers: { ...AUTHORIZED, 'content-type': 'application/json', ...options.headers },
    body: typeof input === 'string' ? input : JSON.stringify(input),
  });
}

/** Submits and returns the request id. */
export async function submit(sim: FalSim, input: unknown = inputOf(), options: PostOptions = {}): Promise<string> {
  const answer = await post(sim, input, options);
  if (answer.status !== 200) throw new Error(`submit was answered ${answer.status}`);
  const { request_id } = (await answer.json()) as { request_id: string };
  return request_id;
}

/** `rest` is what follows the request id: "", "/status", "/response". */
export function read(sim: FalSim, requestId: string, rest = ''): Promise<Response> {
  return fetch(`${sim.url}/fal-ai/wan/requests/${requestId}${rest}`, { headers: AUTHORIZED });
}

export function cancel(sim: FalSim, requestId: string): Promise<Response> {
  return fetch(`${sim.url}/fal-ai/wan/requests/${requestId}/cancel`, { method: 'PUT', headers: AUTHORIZED });
}

export async function readJson(answer: Response | Promise<Response>): Promise<Record<string, unknown>> {
  return (await (await answer).json()) as Record<string, unknown>;
}

export async function statusOf(sim: FalSim, requestId: string): Promise<unknown> {
  return (await readJson(read(sim, requestId, '/status'))).status;
}

export function lineOf(sim: FalSim, requestId: string): LedgerLine {
  const line = sim.ledger().find((candidate) => candidate.request_id === requestId);
  if (!line) throw new Error(`the ledger has no request ${requestId}`);
  return line;
}

/** The official client, unmodified but for the host. */
export function falClient(sim: FalSim): FalClient {
  return createFalClient({
    credentials: 'id:secret',
    requestMiddleware: async (request) => ({
      ...request,
      url: request.url
        .replace('https://queue.fal.run', sim.url)
        .replace('https://fal.run', `${sim.url}/_host/run`)
        .replace('https://rest.fal.ai', `${sim.url}/_host/rest`),
    }),
  });
}

/** Reads the platform API; `query` may repeat a parameter. */
export function askPlatform(sim: FalSim, path: string, query: Query = {}): Promise<Response> {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of [value].flat()) search.append(name, String(one));
  }
  return fetch(`${sim.platformUrl}/${path}?${search}`, { headers: AUTHORIZED });
}

export type Query = Readonly<Record<string, string | number | readonly string[]>>;

/** Submits one after the other, so that the order of acceptance is that of the seeds. */
export async function submitMany(
  sim: FalSim,
  count: number,
  overrides: Record<string, unknown> = {},
): Promise<string[]> {
  const ids: string[] = [];
  for (let seed = 0; seed < count; seed += 1) ids.push(await submit(sim, inputOf({ seed, ...overrides })));
  return ids;
}

export async function makeStateDir(): Promise<string> {
  const directory = await mkdtemp(path.join(tmpdir(), 'fal-sim-'));
  onTestFinished(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

export interface Callback {
  readonly headers: http.IncomingHttpHeaders;
  readonly body: string;
  readonly json: Record<string, unknown>;
  readonly path: string;
}

export interface Receiver {
  readonly url: string;
  readonly query: string;
  readonly callbacks: Callback[];
  /** Waits until this many callbacks have come in, and returns them. */
  waitFor(count: number): Promise<Callback[]>;
}

/** `answer` decides the status of the nth callback (from 0). */
export async function startReceiver(answer: (nth: number) => number = () => 200): Promise<Receiver> {
  const callbacks: Callback[] = [];
  const server = http.createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8');
      callbacks.push({ headers: request.headers, body, json: JSON.parse(body), path: request.url ?? '' });
      response.writeHead(answer(callbacks.length - 1), { location: '/elsewhere' }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/fal?t=1`;
  const waitFor = (count: number) =>
    vi.waitFor(
      () => {
        if (callbacks.length < count) throw new Error(`${callbacks.length} of ${count} callbacks came in`);
        return callbacks;
      },
      { timeout: 20_000, interval: 5 },
    );
  return { url, query: `?fal_webhook=${encodeURIComponent(url)}`, callbacks, waitFor };
}

export function eventually<T>(look: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(look, { timeout: 20_000, interval: 5 });
}

interface Jwk {
  readonly kty: 'OKP';
  readonly crv: 'Ed25519';
  readonly x: string;
}

/** Written from fal's documentation alone: which of the published keys signed this callback, or -1. */
export async function signingKeyOf(sim: FalSim, { headers, body }: Callback): Promise<number> {
  const { keys } = (await (await fetch(sim.jwksUrl)).json()) as { keys: Jwk[] };
  const message = [
    headers['x-fal-webhook-request-id'],
    headers['x-fal-webhook-user-id'],
    headers['x-fal-webhook-timestamp'],
    createHash('sha256').update(body).digest('hex'),
  ].join('\n');
  const signature = Buffer.from(String(headers['x-fal-webhook-signature']), 'hex');
  return keys.findIndex((jwk) =>
    verify(null, Buffer.from(message), createPublicKey({ key: { ...jwk }, format: 'jwk' }), signature),
  );
}
