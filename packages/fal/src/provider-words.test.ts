import { describe, expect, it } from 'vitest';
import { makeAnswer } from '../test/support/make-answer.ts';
import { readProviderWords } from './provider-words.ts';

describe('readProviderWords', () => {
  it('reads a text in detail', () => {
    expect(readProviderWords(makeAnswer(404, { detail: 'Application "x" not found' }), []).message).toBe(
      'Application "x" not found',
    );
  });

  it('names the field of each detail and leaves the echoed input out', () => {
    const detail = {
      loc: ['body', 'video_url'],
      msg: 'bad',
      type: 'value_error',
      input: 'my secret film',
      ctx: { a: 'b' },
    };

    const words = readProviderWords(makeAnswer(422, { detail: [detail, { msg: 'also bad' }] }), []);

    expect(words.message).toBe('video_url: bad; also bad');
    expect(words.errorType).toBe('value_error');
    expect(JSON.stringify([words.details, words.message])).not.toContain('secret film');
  });

  it('believes the header about the error type before the body', () => {
    const answer = makeAnswer(500, { detail: 'x', error_type: 'b' }, { 'x-fal-error-type': 'a' });

    expect(readProviderWords(answer, []).errorType).toBe('a');
  });

  it('bounds what it quotes and keeps it on one line', () => {
    const words = readProviderWords(makeAnswer(500, { detail: `a\n\u0000b${'x'.repeat(9000)}` }), []);

    expect(words.message).toHaveLength(500);
    expect(words.message).toMatch(/^a bx+$/);
  });

  it('blanks a secret that straddles the bound', () => {
    const words = readProviderWords(makeAnswer(500, { detail: `${'x'.repeat(495)}my-api-key` }), ['my-api-key']);

    expect(words.message).not.toContain('my-a');
  });

  it.each(['', '<html>', '[1]', 'null', '"x"', '{"detail":{}}', '{"detail":[1,null,[]]}', '{"detail":[{"loc":7}]}'])(
    'survives %s',
    (text) => {
      expect(() => readProviderWords(makeAnswer(500, text), [])).not.toThrow();
    },
  );
});
