/** The API over a real socket and a real database, and a client that checks every answer against the contract. */
import { Writable } from 'node:stream';
import { problemSchema } from '@reelay/contract';
import { createApiKey, createProject } from '@reelay/engine';
import { createLogger } from '@reelay/runtime';
import { createTestContext, createTestDatabase, type TestContext } from '@reelay/testkit';
import { expect } from 'vitest';
import { z } from 'zod';
import { startApi } from '../src/start-api.ts';

export const PEPPER = 'a-pepper-for-tests-only-00000000000';
const NOWHERE = 'http://127.0.0.1:1';

export interface Harness {
  readonly url: string;
  readonly context: TestContext;
  readonly databaseUrl: string;
  /** A client with a key of a new project. */
  client(): Promise<Client>;
  /** What the process has logged. */
  logged(): string;
  close(): Promise<void>;
}

export interface HarnessOptions {
  readonly falUrl?: string;
  readonly jwksUrl?: string;
  readonly uploadBytesMax?: number;
  readonly confirmAboveNanoUsd?: bigint;
  /** Another way to the same database. */
  readonly reach?: (databaseUrl: string) => Promise<string>;
}

export async function startHarness(asked: HarnessOptions = {}): Promise<Harness> {
  const { falUrl = NOWHERE, jwksUrl, uploadBytesMax, confirmAboveNanoUsd = null, reach } = asked;
  const database = await createTestDatabase();
  const databaseUrl = reach ? await reach(database.url) : database.url;
  const lines: string[] = [];
  const destination = new Writable({
    write: (line, _encoding, done) => {
      lines.push(String(line));
      done();
    },
  });
  const log = createLogger({ level: 'debug', destination });
  const keys = jwksUrl === undefined ? {} : { jwksUrl };
  const context: TestContext = { ...createTestContext({ databaseUrl, falUrl, ...keys }), log };
  const options = { host: '127.0.0.1', port: 0, keyPepper: PEPPER, confirmAboveNanoUsd };
  const limited = uploadBytesMax === undefined ? options : { ...options, uploadBytesMax };
  const api = await startApi(limited, { context, log });
  return {
    url: api.url,
    context,
    databaseUrl: database.url,
    client: () => makeClient(api.url, context),
    logged: () => lines.join(''),
    close: async () => {
      await api.close();
      await context.close();
      await database.drop();
    },
  };
}

export type RawBody = NonNullable<RequestInit['body']>;

export interface Ask {
  readonly method?: string;
  readonly body?: unknown;
  /** Sent as it is, instead of JSON. */
  readonly raw?: RawBody;
  readonly headers?: Record<string, string>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface Client {
  readonly projectId: string;
  readonly apiKey: string;
  ask(path: string, ask?: Ask): Promise<Answer>;
  /** Expects this status and a body that the schema describes. */
  get<Schema extends z.ZodType>(path: string, schema: Schema, status?: number): Promise<z.output<Schema>>;
  post<Schema extends z.ZodType>(
    path: string,
    schema: Schema,
    ask?: Ask & { readonly status?: number },
  ): Promise<z.output<Schema>>;
  /** Expects a problem with this code. */
  refused(path: string, code: string, ask?: Ask): Promise<z.output<typeof problemSchema> & { headers: Headers }>;
}

async function makeClient(url: string, context: TestContext): Promise<Client> {
  const projectId = await createProject(context, { name: 'test' });
  const { apiKey } = await createApiKey(context, { projectId, name: 'test', pepper: PEPPER });
  const ask = (path: string, asked: Ask = {}) => send(url + path, apiKey, asked);
  return {
    projectId,
    apiKey,
    ask,
    get: async (path, schema, status = 200) => checked(await ask(path), schema, status),
    post: async (path, schema, { status = 200, ...asked } = {}) =>
      checked(await ask(path, { method: 'POST', ...asked }), schema, status),
    refused: async (path, code, asked) => {
      const answer = await ask(path, asked);
      return { ...expectProblem(answer, code), headers: answer.headers };
    },
  };
}

export async function send(
  url: string,
  apiKey: string | null,
  { method = 'GET', body, raw, headers }: Ask,
): Promise<Answer> {
  const content = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url, {
    method,
    headers: {
      ...(apiKey === null ? {} : { authorization: `Bearer ${apiKey}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(content === undefined ? {} : { body: content }),
    ...(content instanceof ReadableStream ? { duplex: 'half' } : {}),
  } as RequestInit);
  return { status: response.status, headers: response.headers, text: await response.text() };
}

export function expectProblem(answer: Answer, code: string): z.output<typeof problemSchema> {
  const problem = z.strictObject(problemSchema.shape).parse(JSON.parse(answer.text));
  expect(problem.code, answer.text).toBe(code);
  expect(problem.status).toBe(answer.status);
  expect(answer.headers.get('content-type')).toMatch(/^application\/problem\+json/);
  expect(answer.headers.get('x-request-id')).toBe(problem.request_id);
  expect(problem.detail).not.toBe('');
  return problem;
}

function checked<Schema extends z.ZodType>(answer: Answer, schema: Schema, status: number): z.output<Schema> {
  expect(answer.status, answer.text).toBe(status);
  expect(answer.headers.get('x-request-id')).toBeTruthy();
  return schema.parse(JSON.parse(answer.text));
}

export const INPUT = {
  video_url: 'https://media.example.com/clip.mp4',
  prompt: 'a watercolour of the same scene',
  num_frames: 81,
  resolution: '480p',
};
