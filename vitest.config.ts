import { readdirSync } from 'node:fs';
import path from 'node:path';
import { defineConfig } from 'vitest/config';

// Where a file lies says what it needs: beside its source nothing, under test/ and tests/ a database server.
const PURE = [
  'tests/explorer/**/*.test.ts',
  'tests/drill/src/**/*.test.ts',
  'tests/mutants/src/**/*.test.ts',
  'packages/*/src/**/*.test.ts',
  'apps/*/src/**/*.test.ts',
  'tools/**/*.test.mjs',
];
const NEEDS_SERVERS = [
  'packages/*/test/**/*.test.ts',
  'apps/*/test/**/*.test.ts',
  'tests/system/**/*.test.ts',
  'tests/inbound/**/*.test.ts',
  'tests/simulation/**/*.test.ts',
  'tests/drill/*.test.ts',
];
// What touches the queue runs on both of its backends.
const TOUCHES_QUEUE = [
  'packages/queue/test/**/*.test.ts',
  'packages/engine/test/**/*.test.ts',
  'apps/worker/test/**/*.test.ts',
  'tests/system/**/*.test.ts',
  'tests/drill/*.test.ts',
];

// One project after the other: what the machine has goes to one kind of test at a time.
const order = (groupOrder: number) => ({ sequence: { groupOrder } });

const onServers = (queue: 'postgres' | 'redis') => ({
  globalSetup: ['packages/testkit/src/global-setup.ts'],
  setupFiles: ['tools/vitest/system-timeout.ts'],
  env: { REELAY_TEST_QUEUE: queue },
  testTimeout: 30_000,
  hookTimeout: 60_000,
});

// Tests run our packages from source, so none waits for a build or runs a stale one. By alias and not by the `source`
// condition, which vitest hands on to Node: some packages of others ship a `source` that Node can't run.
const alias = ['packages', 'apps'].flatMap((folder) =>
  readdirSync(path.join(import.meta.dirname, folder)).map((name) => ({
    find: `@reelay/${name}`,
    replacement: path.join(import.meta.dirname, folder, name, 'src/index.ts'),
  })),
);

export default defineConfig({
  resolve: { alias },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: PURE, ...order(0) } },
      {
        extends: true,
        test: {
          name: 'postgres',
          include: NEEDS_SERVERS,
          exclude: ['**/*.redis.test.ts'],
          ...onServers('postgres'),
          ...order(1),
        },
      },
      {
        extends: true,
        test: {
          name: 'redis',
          include: TOUCHES_QUEUE,
          exclude: ['**/*.postgres.test.ts'],
          ...onServers('redis'),
          ...order(2),
        },
      },
    ],
  },
});
