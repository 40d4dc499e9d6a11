/**
 * Counts a whole run and says in words what the numbers alone would hide. `tally` maps each suite to its passed, failed
 * and skipped tests, with `faults` for errors outside of any test; it is undefined when vitest died.
 */
export function judgeRun({ checks, suites, expected, exitCode, tally, focused, environment }) {
  const faults = [
    ...findFaults({ expected, exitCode, tally, focused, environment }),
    ...findMissing(suites, environment),
  ];
  const skipped = sum(tally, 'skipped');
  const skippedCounts = Boolean(environment.CI) && !focused;
  const passed = checks.passed + sum(tally, 'passed');
  const failed = checks.failed + sum(tally, 'failed') + faults.length + (skippedCounts ? skipped : 0);
  const remarks = [...faults];
  if (skipped > 0) remarks.push(`${skipped} tests skipped${skippedCounts ? ', counted as failed' : ''}`);
  if (focused) remarks.push('only what was asked for: run npm test alone for the checks and every suite');
  else
    remarks.push(`${checks.passed + checks.failed} of the numbers below are checks (lint, types, imports, documents)`);
  for (const { name, lack } of suites) if (lack && !focused) remarks.push(`${name} suite not run: ${lack}`);
  return { remarks, passed, failed: failed || (exitCode === 0 ? 0 : 1) };
}

function findFaults({ expected, tally, focused }) {
  if (tally === undefined) return ['vitest ended before it could count its tests'];
  const faults = [...tally.faults];
  const countOf = (name) => (tally.suites[name] ? tally.suites[name].passed + tally.suites[name].failed : 0);
  for (const name of expected) if (countOf(name) === 0) faults.push(`${name} suite ran no test`);
  if (focused && Object.keys(tally.suites).every((name) => countOf(name) === 0)) faults.push('no test matched');
  return faults;
}

function findMissing(suites, environment) {
  const required = (environment.REELAY_REQUIRE ?? '').split(',').filter(Boolean);
  const missing = required.filter((name) => suites.find((suite) => suite.name === name)?.lack !== undefined);
  const unknown = required.filter((name) => !suites.some((suite) => suite.name === name));
  return [
    ...missing.map((name) => `${name} suite is required by REELAY_REQUIRE and cannot run here`),
    ...unknown.map((name) => `REELAY_REQUIRE names ${name}, which is no suite`),
  ];
}

function sum(tally, outcome) {
  return Object.values(tally?.suites ?? {}).reduce((total, suite) => total + suite[outcome], 0);
}
