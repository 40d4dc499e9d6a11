import type { FalConfig } from '@reelay/fal';
import { describe, expect, it } from 'vitest';
import { testFal } from './support/test-fal.ts';

const URL_OF_TESTS = 'http://127.0.0.1:9';

describe('createFal', () => {
  it.each<[string, Partial<FalConfig>, string]>([
    ['without a key', { credentials: '' }, 'FAL_KEY'],
    ['with a key that would split a header', { credentials: 'a\r\nb' }, 'control character'],
    ['with a guessable webhook secret', { webhookSecret: 'short' }, '16 characters'],
    ['with no queue address', { queueUrl: 'queue.fal.run' }, 'queueUrl'],
    ['with a password in the public address', { publicUrl: 'https://u:p@reelay.example' }, 'publicUrl'],
    ['without a submit deadline', { timeouts: { submitMs: 0, readMs: 1 } }, 'submitMs'],
    ['with a deadline that is no number', { timeouts: { submitMs: 1, readMs: Number.NaN } }, 'readMs'],
  ])('refuses to start %s', (_name, overrides, complaint) => {
    expect(() => testFal(URL_OF_TESTS, overrides)).toThrow(complaint);
  });

  it('never repeats a bad key', () => {
    expect(() => testFal(URL_OF_TESTS, { credentials: 'my secret key' })).toThrow(/^(?!.*my secret)/);
  });
});

describe('the webhook URL', () => {
  it('names the attempt and carries its token', async () => {
    const fal = testFal(URL_OF_TESTS, { publicUrl: 'https://reelay.example/base/' });

    const url = fal.webhookUrl('att_1') ?? '';
    await fal.close();

    expect(url).toMatch(/^https:\/\/reelay\.example\/base\/hooks\/fal\/att_1\/[A-Za-z0-9_-]{24}$/);
    expect(fal.isWebhookToken('att_1', url.split('/').at(-1) ?? '')).toBe(true);
    expect(fal.isWebhookToken('att_2', url.split('/').at(-1) ?? '')).toBe(false);
    expect(fal.isWebhookToken('a'.repeat(1_000_000), 'x')).toBe(false);
  });
});
