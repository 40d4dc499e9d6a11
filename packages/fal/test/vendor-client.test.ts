import { createFalClient } from '@fal-ai/client';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { oneShotFetch } from '../src/wire/vendor-client.ts';
import { answer, type LocalServer, type Responder, reset, startLocalServer } from './support/local-server.ts';
import { CREDENTIALS, ENDPOINT_ID } from './support/test-fal.ts';

let server: LocalServer;

beforeEach(async () => {
  server = await startLocalServer();
});

afterEach(() => server.close());

// Why this package never lets the client carry a request. When this fails, the client has learned to obey and
// vendor-client.ts may be reconsidered.
describe("the vendor's client by itself, told not to retry", () => {
  it.each<[string, Responder]>([
    ['a 502', answer(502, { detail: 'Bad gateway' })],
    ['a reset', reset],
  ])('pays again after %s', async (_name, respond) => {
    const stop = new AbortController();
    server.respond = (request, response) => {
      if (server.requests.length > 1) stop.abort();
      respond(request, response);
    };
    const client = createFalClient({
      credentials: CREDENTIALS,
      retry: { maxRetries: 0 },
      requestMiddleware: async (request) => ({
        ...request,
        url: request.url.replace('https://queue.fal.run', server.url),
      }),
    });

    const input = { prompt: 'x', video_url: 'https://media.example/in.mp4' };
    const submitted = client.queue.submit(ENDPOINT_ID, { input, abortSignal: stop.signal });

    await expect(submitted).rejects.toThrow();
    expect(server.requests.length).toBeGreaterThan(1);
  });
});

describe('the fetch that the client is given', () => {
  const access = { credentials: CREDENTIALS, queueUrl: 'http://127.0.0.1:1' };
  const signal = AbortSignal.timeout(60_000);
  const url = `${access.queueUrl}/${ENDPOINT_ID}`;

  it('refuses to carry a second request', async () => {
    const carried: string[] = [];
    const fetchOnce = oneShotFetch(access, async (request) => void carried.push(request.url));

    await expect(fetchOnce(url, { method: 'POST', signal })).rejects.toThrow('carried out');
    await expect(fetchOnce(url, { method: 'POST', signal })).rejects.toThrow('repeat');
    expect(carried).toEqual([url]);
  });

  it.each([
    ['another host', 'https://queue.fal.run/x/y', signal],
    ['a host that merely begins alike', 'http://127.0.0.1:11/x/y', signal],
    ['no deadline', url, undefined],
  ])('refuses a request with %s', async (_name, target, given) => {
    const carried: string[] = [];
    const fetchOnce = oneShotFetch(access, async (request) => void carried.push(request.url));

    await expect(fetchOnce(target, { method: 'POST', ...(given ? { signal: given } : {}) })).rejects.toThrow('client');
    expect(carried).toEqual([]);
  });
});
