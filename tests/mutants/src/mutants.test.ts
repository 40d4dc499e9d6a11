import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';

const ROOT = path.join(import.meta.dirname, '../../..');

describe.each(MUTANTS)('the planted bug $name', ({ edits }) => {
  it('finds the text that it changes, once', () => {
    for (const { file, find } of edits) {
      expect(readFileSync(path.join(ROOT, file), 'utf8').split(find).length - 1, file).toBe(1);
    }
  });
});
