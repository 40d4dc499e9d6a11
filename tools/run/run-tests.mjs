// `npm test`: the checks, then every suite this machine can run. Its last line counts everything, and everything that
// could pass for success without being one (a crash, a suite with no test, a skipped test in CI) counts as failed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { judgeRun } from './judge-run.mjs';
import { prepareSources, TSC } from './prepare.mjs';
import { inProject, PROJECT_ROOT } from './project-root.mjs';
import { runChecks } from './run-checks.mjs';
import { runQuietly } from './step.mjs';
import { surveySuites } from './test-suites.mjs';

const VITEST = inProject('node_modules/vitest/vitest.mjs');
const TALLY_REPORTER = inProject('tools/vitest/tally-reporter.mjs');

export async function runTests(args) {
  const focused = args.length > 0;
  const checks = await (focused ? prepareForFocus() : prepareAndCheck());
  const suites = surveySuites();
  const chosen = args.some((arg) => arg.startsWith('--project')) ? [] : suites.filter(({ lack }) => !lack);
  const projects = chosen.flatMap(({ name }) => ['--project', name]);
  const { exitCode, tally } = await runVitest([...projects, ...args]);
  const expected = focused ? [] : chosen.map(({ name }) => name);
  report(judgeRun({ checks, suites, expected, exitCode, tally, focused, environment: process.env }));
}

// Tests run from source; only those that start programs need a build, and half-written code elsewhere must not keep
// anyone from running one test.
async function prepareForFocus() {
  await prepareSources();
  const { ok } = await runQuietly([TSC, '-b']);
  if (!ok)
    console.error('The sources do not compile (npm run verify says why): tests that start programs use older ones');
  return { passed: 0, failed: 0 };
}

async function prepareAndCheck() {
  await prepareSources();
  return runChecks();
}

async function runVitest(args) {
  const directory = mkdtempSync(path.join(os.tmpdir(), 'reelay-tally-'));
  const tallyFile = path.join(directory, 'tally.json');
  const reporters = ['--reporter=default', `--reporter=${TALLY_REPORTER}`];
  const child = spawn(process.execPath, [VITEST, 'run', ...reporters, ...args], {
    cwd: PROJECT_ROOT,
    stdio: 'inherit',
    env: { ...process.env, REELAY_TALLY_FILE: tallyFile },
  });
  const exitCode = await new Promise((resolve) => child.once('close', (code) => resolve(code ?? 1)));
  const tally = readTally(tallyFile);
  rmSync(directory, { recursive: true, force: true });
  return { exitCode, tally };
}

function readTally(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return undefined; // vitest did not live to write it
  }
}

function report({ remarks, passed, failed }) {
  console.log();
  for (const remark of remarks) console.log(remark);
  console.log(`${passed} passed, ${failed} failed`);
  if (failed > 0) process.exitCode = 1;
}
