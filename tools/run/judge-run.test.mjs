import { expect, it } from 'vitest';
import { judgeRun } from './judge-run.mjs';

const SUITES = [
  { name: 'unit' },
  { name: 'postgres' },
  { name: 'redis', lack: 'no redis-server, apt-get install redis-server' },
];
const count = (passed, failed = 0, skipped = 0) => ({ passed, failed, skipped });

function judge(overrides = {}) {
  return judgeRun({
    checks: { passed: 5, failed: 0 },
    suites: SUITES,
    expected: ['unit', 'postgres'],
    exitCode: 0,
    tally: { suites: { unit: count(10), postgres: count(20) }, faults: [] },
    focused: false,
    environment: {},
    ...overrides,
  });
}

it('adds the tests of all suites and the checks', () => {
  expect(judge()).toMatchObject({ passed: 35, failed: 0 });
  expect(judge({ checks: { passed: 3, failed: 2 } })).toMatchObject({ passed: 33, failed: 2 });
  expect(judge().remarks).toContain('5 of the numbers below are checks (lint, types, imports, documents)');
});

it('names each suite that was not run and how to get it', () => {
  expect(judge().remarks).toContain('redis suite not run: no redis-server, apt-get install redis-server');
});

it('a required suite that cannot run is a failure', () => {
  expect(judge({ environment: { REELAY_REQUIRE: 'postgres,redis' } })).toMatchObject({ failed: 1 });
});

it('a required suite that does not exist is a failure', () => {
  expect(judge({ environment: { REELAY_REQUIRE: 'rediss' } })).toMatchObject({ failed: 1 });
});

it('a suite that ran no test is a failure', () => {
  const tally = { suites: { unit: count(10), postgres: count(0, 0, 3) }, faults: [] };

  expect(judge({ tally })).toMatchObject({ passed: 15, failed: 1 });
  expect(judge({ tally }).remarks).toContain('postgres suite ran no test');
});

it('vitest dying before it could count is a failure', () => {
  expect(judge({ tally: undefined, exitCode: 1 }).failed).toBeGreaterThan(0);
  expect(judge({ tally: undefined, exitCode: 0 }).failed).toBeGreaterThan(0);
});

it('an exit code that the counts do not explain is a failure', () => {
  expect(judge({ exitCode: 1 })).toMatchObject({ failed: 1 });
});

it('an error outside of any test is a failure', () => {
  const tally = { suites: { unit: count(10), postgres: count(20) }, faults: ['a.test.ts: cannot find ./b.ts'] };

  expect(judge({ tally })).toMatchObject({ passed: 35, failed: 1 });
});

it('skipped tests are failures in CI and a remark elsewhere', () => {
  const tally = { suites: { unit: count(10, 0, 2), postgres: count(20) }, faults: [] };

  expect(judge({ tally })).toMatchObject({ failed: 0 });
  expect(judge({ tally }).remarks).toContain('2 tests skipped');
  expect(judge({ tally, environment: { CI: 'true' } })).toMatchObject({ failed: 2 });
});

it('a focused run that matches no test is a failure', () => {
  const tally = { suites: {}, faults: [] };

  expect(judge({ tally, focused: true, expected: [], exitCode: 0 })).toMatchObject({ failed: 1 });
});
