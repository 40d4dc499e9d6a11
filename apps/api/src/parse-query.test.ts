import { describe, expect, it } from 'vitest';
import { parseQuery } from './parse-query.ts';

const plain = (text: string) => JSON.parse(JSON.stringify(parseQuery(text)));

describe('parseQuery', () => {
  it('reads plain, repeated and grouped names', () => {
    expect(
      plain('limit=5&status=failed&status=expired&defaults[resolution]=480p&map[My%20Clip]=video_url&map[Notes]='),
    ).toEqual({
      limit: '5',
      status: ['failed', 'expired'],
      defaults: { resolution: '480p' },
      map: { 'My Clip': 'video_url', Notes: '' },
    });
  });

  it('keeps a doubled or mixed name visible instead of dropping one of its values', () => {
    expect(plain('map[a]=x&map[a]=y')).toEqual({ map: { a: 'x', 'a (given twice)': 'y' } });
    expect(plain('map[a]=x&map=y')).toEqual({ map: { a: 'x' }, 'map (mixed)': 'y' });
  });

  it('gives nothing a prototype', () => {
    const query = parseQuery('__proto__[polluted]=1&constructor=2&map[__proto__]=3');

    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(Object.getPrototypeOf(query)).toBeNull();
  });
});
