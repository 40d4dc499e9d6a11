import { setTimeout as sleep } from 'node:timers/promises';
import { CliError, errorFromProblem, interrupted } from '../cli-error.ts';
import type { Connection } from '../connection/find-connection.ts';
import { EXIT } from '../exit-codes.ts';
import { postStream, type StreamPost } from './post-stream.ts';
import { readProblem } from './read-problem.ts';

export type Query = Readonly<Record<string, string | number | boolean | undefined>>;

export interface ApiClient {
  readonly apiUrl: string;
  /** Reads are repeated for up to `RETRY_FOR_MS` when the API is away or overloaded: they change nothing. */
  get<T>(path: string, query?: Query): Promise<T>;
  /** Writes are sent once: an answer that was lost is said, not guessed. */
  send<T>(method: 'POST' | 'PATCH' | 'PUT' | 'DELETE', path: string, body?: object): Promise<T>;
  /** A body of any length; the time limit is on the silence between two of its pieces. */
  open(path: string, query?: Query): Promise<Response>;
  upload<T>(path: string, query: URLSearchParams, upload: StreamPost): Promise<T>;
}

export interface ApiClientOptions {
  /** Ctrl-C. */
  readonly signal: AbortSignal;
  readonly requestTimeoutMs?: number;
  readonly retryForMs?: number;
}

const REQUEST_TIMEOUT_MS = 30_000;
const RETRY_FOR_MS = 10_000;
const RETRY_DELAYS_MS = [200, 500, 1_000, 2_000, 4_000];
const RETRYABLE_STATUSES = [429, 502, 503, 504];

export function makeApiClient(connection: Connection, options: ApiClientOptions): ApiClient {
  const timeoutMs = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
  const retryForMs = options.retryForMs ?? RETRY_FOR_MS;
  const headers = { authorization: `Bearer ${connection.apiKey}`, accept: 'application/json' };

  /** One request. Resolves with a 2xx; everything else is a CliError. */
  async function request(send: () => Promise<Response>): Promise<Response> {
    let response: Response;
    try {
      response = await send();
    } catch (error) {
      throw options.signal.aborted ? interrupted('') : unreachable(connection.apiUrl, error);
    }
    if (response.ok) return response;
    throw errorFromProblem(await readProblem(response));
  }

  const fetchOnce = (path: string, init: RequestInit, limit: AbortSignal) =>
    request(() => {
      const signal = AbortSignal.any([options.signal, limit]);
      return fetch(connection.apiUrl + path, { redirect: 'error', ...init, signal });
    });

  async function read<T>(attempt: () => Promise<T>): Promise<T> {
    const giveUpAtMs = Date.now() + retryForMs;
    for (let tries = 0; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        const delayMs = RETRY_DELAYS_MS[Math.min(tries, RETRY_DELAYS_MS.length - 1)] ?? 0;
        if (!mayPass(error) || Date.now() + delayMs > giveUpAtMs) throw error;
        await pause(delayMs, options.signal);
      }
    }
  }

  const readJson = async <T>(response: Response): Promise<T> => (await bodyOf(response, connection.apiUrl)) as T;

  return {
    apiUrl: connection.apiUrl,
    get: <T>(path: string, query?: Query) =>
      read(async () =>
        readJson<T>(await fetchOnce(path + queryText(query), { headers }, AbortSignal.timeout(timeoutMs))),
      ),
    send: async <T>(method: string, path: string, body?: object) => {
      const init = body
        ? { method, headers: { ...headers, 'content-type': 'application/json' }, body: JSON.stringify(body) }
        : { method, headers };
      return readJson<T>(await fetchOnce(path, init, AbortSignal.timeout(timeoutMs)));
    },
    open: (path, query) =>
      read(async () => {
        const limit = new AbortController();
        const timer = setTimeout(() => limit.abort(new Error('no answer')), timeoutMs);
        try {
          return await fetchOnce(path + queryText(query), { headers: { ...headers, accept: '*/*' } }, limit.signal);
        } finally {
          clearTimeout(timer);
        }
      }),
    upload: async <T>(path: string, query: URLSearchParams, upload: StreamPost) => {
      const signal = AbortSignal.any([options.signal, upload.signal]);
      const post = { ...upload, headers: { ...headers, ...upload.headers }, signal };
      return readJson<T>(await request(() => postStream(`${connection.apiUrl}${path}?${query}`, post)));
    },
  };
}

async function bodyOf(response: Response, apiUrl: string): Promise<unknown> {
  if (response.status === 204) return null;
  try {
    return await response.json();
  } catch (error) {
    throw new CliError(`${apiUrl} answered ${response.status} with something that is not JSON`, {
      next: 'check that the address is that of a Reelay API',
      cause: error,
    });
  }
}

function mayPass(error: unknown): boolean {
  if (!(error instanceof CliError)) return false;
  return error.exitCode === EXIT.unreachable || RETRYABLE_STATUSES.includes(error.problem?.status ?? 0);
}

async function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(delayMs, undefined, { signal });
  } catch {
    throw interrupted('');
  }
}

function queryText(query: Query = {}): string {
  const given = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value !== undefined) given.set(key, String(value));
  return given.size === 0 ? '' : `?${given}`;
}

function unreachable(apiUrl: string, error: unknown): CliError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const why = cause instanceof Error ? cause.message || cause.name : String(cause);
  return new CliError(`cannot reach ${apiUrl}: ${why}`, {
    exitCode: EXIT.unreachable,
    next: 'check that it runs ("npm start" starts a local one) and that REELAY_API_URL is right',
    cause: error,
  });
}
