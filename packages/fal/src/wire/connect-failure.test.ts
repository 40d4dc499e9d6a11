import { describe, expect, it } from 'vitest';
import { classifyConnectFailure } from './connect-failure.ts';

const withCode = (code: string) => Object.assign(new Error(code), { code });

describe('classifyConnectFailure', () => {
  it.each(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'UND_ERR_CONNECT_TIMEOUT', 'ENETUNREACH'])(
    'takes %s for proof',
    (code) => {
      expect(classifyConnectFailure(withCode(code), false)).toEqual({ provesNothingSent: true, code });
    },
  );

  it.each(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'])('takes %s for no proof', (code) => {
    expect(classifyConnectFailure(withCode(code), false)).toEqual({ provesNothingSent: false, code });
  });

  it('takes a failure of all addresses for proof', () => {
    const error = new AggregateError([withCode('ECONNREFUSED'), withCode('ENETUNREACH')]);

    expect(classifyConnectFailure(error, false)).toEqual({ provesNothingSent: true, code: 'ECONNREFUSED' });
  });

  it('takes a reset of one address among refusals for no proof, though Node lends the whole the first code', () => {
    const mixed = new AggregateError([withCode('ECONNREFUSED'), withCode('ECONNRESET')]);

    expect(classifyConnectFailure(Object.assign(mixed, { code: 'ECONNREFUSED' }), false)).toEqual({
      provesNothingSent: false,
      code: 'ECONNRESET',
    });
  });

  it('takes a reset inside the TLS handshake for proof', () => {
    expect(classifyConnectFailure(withCode('ECONNRESET'), true).provesNothingSent).toBe(true);
  });

  it.each([
    ['an error without a code', new Error('fetch failed')],
    ['no addresses at all', new AggregateError([])],
    ['something that is no error', 'ECONNREFUSED'],
  ])('takes %s for no proof', (_name, error) => {
    expect(classifyConnectFailure(error, false).provesNothingSent).toBe(false);
  });
});
