import { expect, it } from 'vitest';
import { findViolations } from './find-violations.mjs';
import { readImports } from './read-workspaces.mjs';

function check(folder, { imports = [], file = 'src/index.ts', dependencies = imports, devDependencies = [] }) {
  const listed = (names) =>
    Object.fromEntries(names.filter((name) => !name.startsWith('.')).map((name) => [name, '*']));
  const room = folder.split('/')[1];
  const manifest = {
    name: `@reelay/${room}`,
    dependencies: listed(dependencies),
    devDependencies: listed(devDependencies),
  };
  const workspace = { folder, room, manifest, files: [{ path: `${folder}/${file}`, imports }] };
  return findViolations({ workspaces: [workspace], rootTools: ['vitest'] });
}

it.each([
  [
    'packages/engine',
    ['@reelay/db', '@reelay/queue', '@reelay/fal', '@reelay/core', 'node:fs', 'fs/promises', './x.ts'],
  ],
  ['apps/worker', ['@reelay/engine', '@reelay/queue', '@reelay/runtime']],
  ['apps/local', ['@reelay/api', '@reelay/worker', '@reelay/fal-sim', '@reelay/embedded']],
  ['packages/db', ['@prisma/client', '@prisma/adapter-pg', 'pg-copy-streams', 'pg']],
  ['packages/core', ['zod']],
])('%s may import along its arrows', (folder, imports) => {
  expect(check(folder, { imports })).toEqual([]);
});

it.each([
  ['packages/core', '@reelay/contract'],
  ['packages/db', '@reelay/queue'],
  ['packages/queue', '@reelay/fal'],
  ['packages/fal', '@reelay/db'],
  ['packages/runtime', '@reelay/core'],
  ['packages/embedded', '@reelay/db'],
  ['packages/engine', '@reelay/runtime'],
  ['packages/engine', '@reelay/testkit'],
  ['apps/api', '@reelay/queue'],
  ['apps/api', '@reelay/worker'],
  ['apps/worker', '@reelay/db'],
  ['apps/cli', '@reelay/engine'],
  ['apps/fal-sim', '@reelay/fal'],
])('%s may not import %s', (folder, name) => {
  expect(check(folder, { imports: [name] })).toContainEqual(expect.stringContaining(`src/index.ts imports ${name}: `));
});

it('a dependency against the arrows is refused even when nothing imports it', () => {
  expect(check('packages/db', { dependencies: ['@reelay/queue'] })).toEqual([
    'packages/db/package.json imports @reelay/queue: db may import core',
  ]);
});

it("an app's run.ts alone may build db, queue and fal", () => {
  const imports = ['@reelay/db', '@reelay/queue', '@reelay/fal'];

  expect(check('apps/api', { imports, file: 'src/run.ts' })).toEqual([]);
  expect(check('apps/api', { imports, file: 'src/routes/run.ts' })).toHaveLength(3);
  expect(check('apps/cli', { imports: ['@reelay/db'], file: 'src/run.ts' })).not.toEqual([]);
});

it.each([
  ['packages/engine', '@prisma/client'],
  ['packages/queue', '@prisma/adapter-pg'],
  ['packages/testkit', 'pg-copy-streams'],
  ['apps/worker', 'bullmq'],
  ['packages/db', 'ioredis'],
  ['packages/engine', '@fal-ai/client'],
])('%s may not use %s, which has another owner', (folder, name) => {
  expect(check(folder, { imports: [name] })).toContainEqual(expect.stringMatching(/: only packages\/\w+ may; ask it/));
});

it('core may list nothing but zod', () => {
  expect(check('packages/core', { dependencies: ['undici'] })).toContainEqual(
    expect.stringContaining('core is rules alone'),
  );
});

it('an import that package.json does not list is refused', () => {
  expect(check('packages/engine', { imports: ['csv-parse/sync'], dependencies: [] })).toEqual([
    'packages/engine/src/index.ts imports csv-parse: list it in packages/engine/package.json under dependencies',
  ]);
});

it('what only tests need does not count for the sources', () => {
  expect(check('packages/engine', { imports: ['pino'], dependencies: [], devDependencies: ['pino'] })).toHaveLength(1);
});

it('a path into another package is refused', () => {
  expect(check('packages/engine', { imports: ['../../db/src/pool.ts'] })).toEqual([
    'packages/engine/src/index.ts imports ../../db/src/pool.ts: a path out of packages/engine; import the other package by its name',
  ]);
});

it("tests may use the root's tools and testkit unlisted, and cross arrows, but nothing else unlisted", () => {
  const file = 'test/import-rows.test.ts';

  expect(check('packages/queue', { file, imports: ['vitest', '@reelay/testkit'], dependencies: [] })).toEqual([]);
  expect(
    check('packages/queue', { file, imports: ['@reelay/db'], dependencies: [], devDependencies: ['@reelay/db'] }),
  ).toEqual([]);
  expect(check('packages/queue', { file, imports: ['@reelay/db'], dependencies: [] })).toHaveLength(1);
});

it('a room without a line of its own is refused', () => {
  expect(check('packages/utils', {})).toEqual([
    'packages/utils/package.json: utils has no line in tools/arrows/arrows.mjs; say there what it may import',
  ]);
});

it('types, re-exports and dynamic imports count as imports', () => {
  const text = `
    import type { A } from 'a';
    export { b } from 'b';
    export * from 'c';
    const d = await import('d');
    type E = import('e').E;
    // import 'not-this';
    const s = "import 'nor-this'";
  `;

  expect(readImports(text).sort()).toEqual(['a', 'b', 'c', 'd', 'e']);
});
