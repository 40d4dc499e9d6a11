import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ConfigError, parseConfig } from './parse-config.ts';

const schema = z.object({
  DATABASE_URL: z.string(),
  PORT: z.coerce.number().int().default(8080),
  PEPPER: z.string().min(32),
});

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    parseConfig(schema, env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
  }
  return [];
}

describe('parseConfig', () => {
  it('lists every problem at once', () => {
    expect(problemsOf({ PORT: 'x', PEPPER: 'short-pepper' })).toHaveLength(3);
  });

  it('counts an empty variable as unset', () => {
    expect(problemsOf({ DATABASE_URL: '', PEPPER: 'p'.repeat(32) })).toEqual(['DATABASE_URL is not set']);
  });

  it('does not repeat a value, which may be a secret', () => {
    expect(problemsOf({ DATABASE_URL: 'x', PEPPER: 'short-pepper' }).join()).not.toContain('short-pepper');
  });

  it('gives defaults and converted values', () => {
    expect(parseConfig(schema, { DATABASE_URL: 'x', PEPPER: 'p'.repeat(32), PORT: '1' })).toMatchObject({ PORT: 1 });
  });
});
