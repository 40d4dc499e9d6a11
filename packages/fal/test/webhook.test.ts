import type { Fal } from '@reelay/fal';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { answer, type LocalServer, type Responder, reset, silence, startLocalServer } from './support/local-server.ts';
import { testFal } from './support/test-fal.ts';
import { makeSigner, NOW_MS, REQUEST_ID, type SignedCallback, USER_ID } from './support/webhook-signer.ts';

const signer = makeSigner();
const rotated = makeSigner();

let server: LocalServer;
let fal: Fal;

beforeEach(async () => {
  server = await startLocalServer(answer(200, { keys: [signer.jwk] }));
  fal = testFal(server.url, { webhookUserId: USER_ID });
});

afterEach(async () => {
  await fal.close();
  await server.close();
});

const check = ({ headers, rawBody }: SignedCallback, nowMs = NOW_MS) => fal.verifyWebhook(headers, rawBody, nowMs);

const withHeader = (name: string, value: string | string[] | undefined) => {
  const { headers, rawBody } = signer.callback();
  return fal.verifyWebhook({ ...headers, [`x-fal-webhook-${name}`]: value }, rawBody, NOW_MS);
};

describe('a callback is refused', () => {
  it.each(['request-id', 'user-id', 'timestamp', 'signature'])('without its %s header', async (name) => {
    expect(await withHeader(name, undefined)).toEqual({ kind: 'forged', reason: 'missing_header' });
  });

  it.each<[string, string, string | string[]]>([
    ['a timestamp that is no number', 'timestamp', 'NaN'],
    ['a timestamp with a sign', 'timestamp', '-1767268800'],
    ['a timestamp with an exponent', 'timestamp', '1e9'],
    ['an empty timestamp', 'timestamp', ''],
    ['a timestamp of 400 digits', 'timestamp', '9'.repeat(400)],
    ['a signature in capitals', 'signature', 'A'.repeat(128)],
    ['half a signature', 'signature', 'a'.repeat(64)],
    ['a signature of a megabyte', 'signature', 'a'.repeat(1_000_000)],
    ['a repeated header', 'request-id', [REQUEST_ID, REQUEST_ID]],
    ['a request id with a newline', 'request-id', `${REQUEST_ID}\nx`],
    ['a request id of 129 characters', 'request-id', 'a'.repeat(129)],
    ['a user id of 257 characters', 'user-id', 'a'.repeat(257)],
  ])('with %s', async (_name, header, value) => {
    expect(await withHeader(header, value)).toEqual({ kind: 'forged', reason: 'malformed_header' });
    expect(server.requests).toHaveLength(0);
  });

  it.each([
    ['timestamp', String(NOW_MS / 1000 + 1)],
    ['request-id', 'req_2'],
    ['signature', '0'.repeat(128)],
  ])('whose %s was changed after signing', async (name, value) => {
    expect(await withHeader(name, value)).toEqual({ kind: 'forged', reason: 'bad_signature' });
  });

  it('whose body was changed after signing, even by a space', async () => {
    const { headers, rawBody } = signer.callback();

    expect(await fal.verifyWebhook(headers, Buffer.concat([rawBody, Buffer.from(' ')]), NOW_MS)).toEqual({
      kind: 'forged',
      reason: 'bad_signature',
    });
  });

  it('that a key unknown to fal has signed', async () => {
    expect(await check(rotated.callback())).toEqual({ kind: 'forged', reason: 'bad_signature' });
  });

  it("that fal signed for another account's user", async () => {
    expect(await check(signer.callback({ userId: 'github|666' }))).toEqual({ kind: 'forged', reason: 'wrong_user' });
  });

  it('that is too large, before it is hashed', async () => {
    expect(await check({ ...signer.callback(), rawBody: new Uint8Array(3_000_000) })).toEqual({
      kind: 'forged',
      reason: 'body_too_large',
    });
  });

  it('whose body speaks of another request', async () => {
    const callback = signer.callback({ body: { request_id: 'req_2', gateway_request_id: REQUEST_ID, status: 'OK' } });

    expect(await check(callback)).toEqual({ kind: 'forged', reason: 'request_id_mismatch' });
  });

  it.each(['', 'null', '[]', '{"request_id":'])('whose signed body reads %o', async (body) => {
    expect(await check(signer.callback({ body }))).toEqual({ kind: 'forged', reason: 'unreadable_body' });
  });
});

describe('a genuine callback', () => {
  it.each([-301, 301, -86_400, 1e9])('%i seconds off is stale', async (seconds) => {
    const verdict = await check(signer.callback({ timestamp: String(NOW_MS / 1000 + seconds) }));

    expect(verdict).toMatchObject({ kind: 'stale', callback: { requestId: REQUEST_ID } });
  });

  it.each([-300, 0, 300])('%i seconds off is valid', async (seconds) => {
    const verdict = await check(signer.callback({ timestamp: String(NOW_MS / 1000 + seconds) }));

    expect(verdict).toEqual({
      kind: 'valid',
      callback: { requestId: REQUEST_ID, failed: false, payload: { seed: 1 } },
    });
  });

  it.each([
    [{ status: 'ERROR', error: 'Invalid status code: 422', payload: { detail: [] } }, true, { detail: [] }],
    [{ status: 'OK', payload: null, payload_error: 'not serializable' }, false, null],
    [{ status: 'OK' }, false, null],
  ])('that says %o is read as such', async (said, failed, payload) => {
    const callback = signer.callback({ body: { request_id: REQUEST_ID, ...said } });

    expect(await check(callback)).toEqual({ kind: 'valid', callback: { requestId: REQUEST_ID, failed, payload } });
  });

  it.each([
    [200, false],
    [202, true],
    [100_000, true],
  ])('whose payload is nested %i deep is valid, and without that payload: %s', async (levels, isLeftOut) => {
    const nested = `${'['.repeat(levels)}${']'.repeat(levels)}`;
    const verdict = await check(signer.callback({ body: `{"request_id":"${REQUEST_ID}","payload":${nested}}` }));

    expect(verdict.kind).toBe('valid');
    expect(verdict.kind === 'valid' && verdict.callback.payload === null).toBe(isLeftOut);
  });

  it('of any user is valid when none is pinned', async () => {
    const open = testFal(server.url);
    const { headers, rawBody } = signer.callback({ userId: 'github|666' });

    const verdict = await open.verifyWebhook(headers, rawBody, NOW_MS);
    await open.close();

    expect(verdict.kind).toBe('valid');
  });
});

describe("fal's keys", () => {
  const DAY_MS = 86_400_000;
  const at = (nowMs: number, signedBy = signer) => signedBy.callback({ timestamp: String(Math.floor(nowMs / 1000)) });

  it('are fetched once for many callbacks at once', async () => {
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => check(signer.callback())));

    expect(verdicts.every(({ kind }) => kind === 'valid')).toBe(true);
    expect(server.requests).toHaveLength(1);
  });

  it('are fetched again when a callback carries a new signature', async () => {
    await check(signer.callback());
    server.respond = answer(200, { keys: [rotated.jwk] });
    const later = NOW_MS + 61_000;

    expect((await check(at(later, rotated), later)).kind).toBe('valid');
    expect(await check(at(later), later)).toEqual({ kind: 'forged', reason: 'bad_signature' });
  });

  it('are asked for at most once a minute, however many forgeries arrive', async () => {
    await check(signer.callback());
    for (let seconds = 0; seconds < 120; seconds += 5) await check(rotated.callback(), NOW_MS + seconds * 1000);

    expect(server.requests).toHaveLength(2);
  });

  it('are asked for once by a flood at one instant, all of it signed by nobody', async () => {
    await check(signer.callback());
    const later = NOW_MS + 61_000;
    await Promise.all(Array.from({ length: 200 }, () => check(rotated.callback(), later)));

    expect(server.requests).toHaveLength(2);
  });

  it('beyond the sixteenth of a kind that fal signs with are not tried', async () => {
    const others = Array.from({ length: 16 }, () => makeSigner().jwk);
    server.respond = answer(200, { keys: [{ kty: 'RSA', n: 'x' }, ...others.slice(1), signer.jwk, rotated.jwk] });

    expect((await check(signer.callback())).kind).toBe('valid');
    expect(await check(rotated.callback())).toEqual({ kind: 'forged', reason: 'bad_signature' });
  });

  it('are not looked for where a redirect leads', async () => {
    const elsewhere = await startLocalServer(answer(200, { keys: [signer.jwk] }));
    server.respond = answer(302, '', { location: `${elsewhere.url}/.well-known/jwks.json` });

    expect(await check(signer.callback())).toEqual({ kind: 'forged', reason: 'keys_unavailable' });
    await elsewhere.close();
    expect(elsewhere.requests).toHaveLength(0);
  });

  it('are all tried', async () => {
    server.respond = answer(200, { keys: [rotated.jwk, { kty: 'RSA', n: 'x' }, null, { x: 'short' }, signer.jwk] });

    expect((await check(signer.callback())).kind).toBe('valid');
  });

  it('are fetched again after a day', async () => {
    await check(signer.callback());
    await check(at(NOW_MS + DAY_MS + 1000), NOW_MS + DAY_MS + 1000);

    expect(server.requests).toHaveLength(2);
  });

  const broken: [string, Responder][] = [
    ['an error', answer(500, 'no')],
    ['a redirect', answer(302, '', { location: '/elsewhere' })],
    ['a reset', reset],
    ['500 KB', answer(200, { keys: [rotated.jwk], padding: 'x'.repeat(500_000) })],
    ['HTML', answer(200, '<html>')],
    ['no keys', answer(200, { keys: [] })],
    ['another shape', answer(200, { keys: { x: 1 } })],
  ];

  it.each(broken)('survive %s: the last good set stays', async (_name, respond) => {
    await check(signer.callback());
    server.respond = respond;
    const later = NOW_MS + DAY_MS + 1000;

    expect((await check(at(later), later)).kind).toBe('valid');
    expect(server.requests).toHaveLength(2);
  });

  it.each(broken)('that were never had are said to be unavailable after %s', async (_name, respond) => {
    server.respond = respond;

    expect(await check(signer.callback())).toEqual({ kind: 'forged', reason: 'keys_unavailable' });
    expect(server.requests).toHaveLength(1);
  });

  it('that take too long are given up', async () => {
    server.respond = silence;
    const impatient = testFal(server.url, { timeouts: { submitMs: 200, readMs: 200 } });
    const { headers, rawBody } = signer.callback();

    const verdict = await impatient.verifyWebhook(headers, rawBody, NOW_MS);
    await impatient.close();

    expect(verdict).toEqual({ kind: 'forged', reason: 'keys_unavailable' });
  });
});
