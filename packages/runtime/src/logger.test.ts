import { describe, expect, it } from 'vitest';
import { createLogger } from './logger.ts';

function written(fields: object): string {
  const lines: string[] = [];
  const log = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
  log.info(fields, 'something happened');
  return lines.join('');
}

describe('the logger', () => {
  it.each([
    ['an authorization header', { req: { headers: { authorization: 'Bearer canary' } } }],
    ['a header object', { headers: { authorization: 'canary' } }],
    ['a secret', { endpoint: { secret: 'canary' } }],
    ['an api key', { config: { apiKey: 'canary' } }],
    ["fal's key", { env: { FAL_KEY: 'canary' } }],
    ['credentials', { credentials: 'canary' }],
    ['a webhook token in the request', { req: { method: 'POST', url: '/hooks/fal/att_1/canary?x=1' } }],
    ['a webhook token in a url', { url: 'https://host/hooks/fal/att_1/canary' }],
    ['a webhook token in an error', { err: new Error('POST /hooks/fal/att_1/canary failed') }],
    ["a database's password in an error", { err: new Error('cannot reach postgres://user:canary@host/db') }],
  ])('hides %s', (_, fields) => {
    expect(written(fields)).not.toContain('canary');
  });

  it('keeps what is no secret', () => {
    expect(written({ req: { method: 'POST', url: '/v1/jobs?limit=1' }, jobId: 'job_1' })).toContain('/v1/jobs?limit=1');
  });
});
