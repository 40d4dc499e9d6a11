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
    ['a signing secret', { answer: { body: { text: 'the secret is whsec_canary+/0123456789abcdef=' } } }],
    ['a signing secret in an error', { err: new Error('cannot read whsec_canary0123456789') }],
    ['a header deep in a field', { options: { request: { headers: { authorization: 'Key id:canary' } } } }],
    ['a header in JSON in a text', { note: JSON.stringify({ Authorization: 'Bearer canary.0-1_2' }) }],
    ['a header in an error', { err: new Error('refused: Authorization: Key 0123:canary') }],
    ['a bearer in a text', { note: 'sent with bearer canary0123' }],
  ])('hides %s', (_, fields) => {
    expect(written(fields)).not.toContain('canary');
    expect(JSON.parse(written(fields))).toMatchObject({ msg: 'something happened' });
  });

  it('hides a signing secret in a message, and leaves a line as JSON whatever a field holds', () => {
    const lines: string[] = [];
    const log = createLogger({ level: 'info', destination: { write: (line: string) => void lines.push(line) } });
    log.info({ nested: { deep: { authorization: null } }, n: { d: { authorization: 5 } } }, 'rotated whsec_canary01');

    expect(lines.join('')).not.toContain('canary');
    expect(JSON.parse(lines.join(''))).toMatchObject({ n: { d: { authorization: 5 } } });
  });

  it('keeps what is no secret', () => {
    expect(written({ req: { method: 'POST', url: '/v1/jobs?limit=1' }, jobId: 'job_1' })).toContain('/v1/jobs?limit=1');
  });
});
