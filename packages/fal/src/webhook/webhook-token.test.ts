import { describe, expect, it } from 'vitest';
import { isWebhookToken, webhookToken } from './webhook-token.ts';

const SECRET = 'webhook-secret-of-tests';

describe('a webhook token', () => {
  const token = webhookToken(SECRET, 'att_1');

  it.each([
    ['that is empty', ''],
    ['that is too short', token.slice(0, -1)],
    ['that is too long', `${token}A`],
    ['of a megabyte', 'A'.repeat(1_000_000)],
    ['of as many multi-byte characters', 'é'.repeat(24)],
    ['of another attempt', webhookToken(SECRET, 'att_2')],
    ['of another secret', webhookToken('another secret of tests', 'att_1')],
  ])('%s is refused', (_name, candidate) => {
    expect(isWebhookToken(SECRET, 'att_1', candidate)).toBe(false);
  });

  it('of its own attempt is accepted', () => {
    expect(isWebhookToken(SECRET, 'att_1', token)).toBe(true);
  });

  it('has at least 128 bits and fits a URL', () => {
    expect(Buffer.from(token, 'base64url').length).toBeGreaterThanOrEqual(16);
    expect(encodeURIComponent(token)).toBe(token);
  });
});
