import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';
import { makeSigningSecret, signatureHeaders } from './sign-delivery.ts';

const BODY = '{"id":"evt_1","type":"batch.paused","data":{"text":"é \\u2028 \\"x\\""}}';

describe('a signed delivery', () => {
  it('is verified by the library of the standard', () => {
    const secret = makeSigningSecret();
    const headers = signatureHeaders({ secrets: [secret], id: 'evt_1', atMs: Date.now(), body: BODY });

    expect(new Webhook(secret).verify(BODY, headers)).toEqual(JSON.parse(BODY));
    expect(() => new Webhook(secret).verify(BODY.replace('paused', 'passed'), headers)).toThrow('matching signature');
    expect(() => new Webhook(makeSigningSecret()).verify(BODY, headers)).toThrow('matching signature');
    expect(() => new Webhook(secret).verify(BODY, { ...headers, 'webhook-id': 'evt_2' })).toThrow('matching signature');
  });

  it('is verified with either of two secrets', () => {
    const [old, fresh] = [makeSigningSecret(), makeSigningSecret()];
    const headers = signatureHeaders({ secrets: [fresh, old], id: 'evt_1', atMs: Date.now(), body: BODY });

    expect(headers['webhook-signature']?.split(' ')).toHaveLength(2);
    for (const secret of [old, fresh]) expect(new Webhook(secret).verify(BODY, headers)).toBeTruthy();
  });
});

it('a secret has 32 bytes and is another one each time', () => {
  const secrets = Array.from({ length: 50 }, makeSigningSecret);

  expect(new Set(secrets).size).toBe(50);
  for (const secret of secrets) expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
});
