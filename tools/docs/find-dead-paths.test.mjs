import { expect, it } from 'vitest';
import { findDeadPaths } from './find-dead-paths.mjs';

const EXISTING = new Set([
  'README.md',
  'LICENSE',
  'docs',
  'docs/money.md',
  'docs/decisions/0001-truth.md',
  'packages/core/src/retry/decide-retry.ts',
  'packages/db/src/jobs.ts',
  'packages/core/src',
  'examples/clips.csv',
]);

const deadIn = (text, page = 'docs/money.md') => findDeadPaths({ page, text }, EXISTING).map(({ name }) => name);

it.each([
  ['a code span', 'see `packages/core/src/gone.ts`', 'packages/core/src/gone.ts'],
  ['a word within a code span', 'run `node tools/gone.mjs --fast`', 'tools/gone.mjs'],
  ['a fenced block', '```sh\nreelay import examples/gone.csv\n```', 'examples/gone.csv'],
  ['a link', '[money](gone.md)', 'docs/gone.md'],
  ['a link upwards with an anchor', '[read](../GONE.md#top)', 'GONE.md'],
  ['a pattern that matches nothing', '`packages/*/src/gone.ts`', 'packages/*/src/gone.ts'],
  ['a choice that matches nothing', '`packages/{core,db}/src/gone.ts`', 'packages/{core,db}/src/gone.ts'],
])('finds a dead path in %s', (_name, text, dead) => {
  expect(deadIn(text)).toEqual([dead]);
});

it.each([
  '`packages/core/src/retry/decide-retry.ts`, `packages/core/src/` and `docs/`.',
  '`packages/*/src/**/*.ts` and `packages/{core,db}/src/*.ts`',
  '[truth](decisions/0001-truth.md) and [licence](../LICENSE "text") and [here](#money)',
  '[fal](https://fal.ai/docs/gone) and `https://example.com/docs/gone` and `GET /docs/gone`',
  '`apps/local/dist/main.js` and `packages/db/src/generated/client.ts`',
  'docs/gone.md outside of code is prose',
])('accepts %s', (text) => {
  expect(deadIn(text)).toEqual([]);
});

it('tells the page and the line', () => {
  expect(findDeadPaths({ page: 'README.md', text: '# A\n\n`docs/gone.md`' }, EXISTING)).toEqual([
    { page: 'README.md', line: 3, name: 'docs/gone.md' },
  ]);
});
