import { describe, expect, it } from 'vitest';
import { hashApiKey, isApiKey, makeApiKey } from './api-key.ts';

describe('an API key', () => {
  it.each([
    ['nothing', ''],
    ['another prefix', makeApiKey().replace('rl_live_', 'sk_live_')],
    ['a cut one', makeApiKey().slice(0, -1)],
    ['text around it', ` ${makeApiKey()}`],
    ['a wrong checksum', `${makeApiKey().slice(0, -6)}000000`],
  ])('is not recognised in %s', (_, text) => {
    expect(isApiKey(text)).toBe(false);
  });

  it('is refused with any one digit changed', () => {
    const key = makeApiKey();
    for (let i = 'rl_live_'.length; i < key.length; i++) {
      const other = key[i] === 'a' ? 'b' : 'a';
      expect(isApiKey(key.slice(0, i) + other + key.slice(i + 1))).toBe(false);
    }
  });

  it('is recognised, and is another one each time', () => {
    const keys = Array.from({ length: 100 }, makeApiKey);

    expect(keys.every(isApiKey)).toBe(true);
    expect(new Set(keys).size).toBe(100);
  });

  it('hashes to something that needs the pepper', () => {
    const key = makeApiKey();

    expect(hashApiKey(key, 'one')).toBe(hashApiKey(key, 'one'));
    expect(hashApiKey(key, 'one')).not.toBe(hashApiKey(key, 'other'));
    expect(hashApiKey(key, 'one')).not.toContain(key.slice(8, 20));
  });
});
