import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Where a file lies says what it needs: beside its source nothing, under test/ and tests/ a database server.
const PURE = ['packages/*/src/**/*.test.ts', 'apps/*/src/**/*.test.ts', 'tools/**/*.test.mjs'];
const NEEDS_SERVERS = ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'tests/system/**/*.test.ts'];
// What touches the queue runs on both of its backends.
const TOUCHES_QUEUE = [
  'packages/queue/test/**/*.test.ts',
  'packages/engine/test/**/*.test.ts',
  'apps/worker/test/**/*.test.ts',
  'tests/system/**/*.test.ts',
];

const onServers = (queue: 'postgres' | 'redis') => ({
  globalSetup: ['packages/testkit/src/global-setup.ts'],
  setupFiles: ['tools/vitest/system-timeout.ts'],
  env: { REELAY_TEST_QUEUE: queue },
  testTimeout: 30_000,
  hookTimeout: 60_000,
});

// Workspace packages answer `source` with their TypeScript, so no test waits for a build or runs a stale one.
// Not under `ssr`: from there vitest hands it to Node too, and some packages ship a `source` that Node can't run.
const conditions = ['source', ...defaultServerConditions];

export default defineConfig({
  resolve: { conditions },
  test: {
    pool: 'forks',
    maxWorkers: 2,
    projects: [
      { extends: true, test: { name: 'unit', include: PURE } },
      {
        extends: true,
        test: { name: 'postgres', include: NEEDS_SERVERS, exclude: ['**/*.redis.test.ts'], ...onServers('postgres') },
      },
      {
        extends: true,
        test: { name: 'redis', include: TOUCHES_QUEUE, exclude: ['**/*.postgres.test.ts'], ...onServers('redis') },
      },
    ],
  },
});
