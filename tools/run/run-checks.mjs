// What can be said about the code without running it: seconds, no servers.
import { prepareSources, TSC } from './prepare.mjs';
import { inProject } from './project-root.mjs';
import { runQuietly } from './step.mjs';

const CHECKS = [
  { title: 'formatting and lint', args: [inProject('node_modules/@biomejs/biome/bin/biome'), 'check', '.'] },
  { title: 'types of the sources', args: [TSC, '-b'] },
  { title: 'types of tests, tools and benches', args: [TSC, '-p', 'tsconfig.tests.json'] },
  { title: 'who may import whom', args: [inProject('tools/check-arrows.mjs')] },
  { title: 'paths that documents name', args: [inProject('tools/check-docs.mjs')] },
];

export async function verify() {
  await prepareSources();
  const { failed } = await runChecks();
  if (failed > 0) process.exitCode = 1;
}

/** Runs all of them, so that one look shows everything that is wrong. */
export async function runChecks() {
  let failed = 0;
  for (const { title, args } of CHECKS) {
    const startedMs = performance.now();
    const { ok, output } = await runQuietly(args);
    console.log(`${ok ? '✓' : '✗'} ${title} (${((performance.now() - startedMs) / 1_000).toFixed(1)} s)`);
    if (ok) continue;
    failed += 1;
    console.log(output.trimEnd());
  }
  return { passed: CHECKS.length - failed, failed };
}
