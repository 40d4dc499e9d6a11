import { mkdtempSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseConfig } from './parse-config.ts';

const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-secrets-'));
function secretFile(name: string, content: string): string {
  const file = path.join(directory, name);
  writeFileSync(file, content);
  return file;
}
const schema = z.object({ FAL_KEY: z.string() });

describe('a secret that is given by its file', () => {
  it('is what the file says, without the line break at its end', () => {
    expect(parseConfig(schema, { FAL_KEY_FILE: secretFile('key', 'a:b c\n') })).toEqual({ FAL_KEY: 'a:b c' });
  });

  it.each([
    ['set twice', { FAL_KEY: 'x', FAL_KEY_FILE: '/anywhere' }, 'FAL_KEY_FILE: FAL_KEY is set beside it'],
    ['in no file', { FAL_KEY_FILE: '/not/there' }, 'FAL_KEY_FILE: /not/there cannot be read (ENOENT)'],
    ['in an empty file', { FAL_KEY_FILE: secretFile('empty', '\n') }, 'is empty'],
    ['in a file that holds much else', { FAL_KEY_FILE: secretFile('long', 'x'.repeat(70_000)) }, 'too large'],
  ])('and is %s is no secret, and that is said', (_, env, complaint) => {
    expect(() => parseConfig(schema, env)).toThrow(complaint);
  });

  it('is the only kind of setting that is read from files', () => {
    expect(() => parseConfig(z.object({ PORT: z.string() }), { PORT_FILE: secretFile('port', '80') })).toThrow(
      'PORT is not set',
    );
  });
});
