import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const fromHere = (relative) => fileURLToPath(new URL(relative, import.meta.url));
const BIOME = fromHere('../../node_modules/@biomejs/biome/bin/biome');

/** The rules that our biome.json finds broken in a file with this path and this code. */
function findBroken(file, code) {
  const house = mkdtempSync(path.join(os.tmpdir(), 'reelay-biome-'));
  onTestFinished(() => rmSync(house, { recursive: true }));
  cpSync(fromHere('../../biome.json'), path.join(house, 'biome.json'));
  cpSync(fromHere('.'), path.join(house, 'tools/biome'), { recursive: true });
  writeFileSync(path.join(house, '.gitignore'), 'node_modules\n');
  mkdirSync(path.dirname(path.join(house, file)), { recursive: true });
  writeFileSync(path.join(house, file), code);
  const args = [BIOME, 'lint', '--reporter=json', file];
  const { stdout } = spawnSync(process.execPath, args, { cwd: house, encoding: 'utf8' });
  return JSON.parse(stdout).diagnostics.map(({ category }) => category);
}

it.each([
  ['the clock', 'export const at = Date.now();', 'plugin'],
  ['the clock as a value', 'export const clock = Date.now;', 'plugin'],
  ['the date of now', 'export const at = new Date();', 'plugin'],
  ['the date of now without parentheses', 'export const at = new Date;', 'plugin'],
  ['chance', 'export const roll = Math.random();', 'plugin'],
  ['the process', 'export const { pid } = process;', 'lint/style/noRestrictedGlobals'],
  ['the monotonic clock', 'export const at = performance.now();', 'lint/style/noRestrictedGlobals'],
  ['random ids', 'export const id = crypto.randomUUID();', 'lint/style/noRestrictedGlobals'],
  ['a way around these names', 'export const at = globalThis.Date;', 'lint/style/noRestrictedGlobals'],
  ['the network', 'export const page = fetch;', 'lint/style/noRestrictedGlobals'],
  ['timers', 'export const later = setTimeout;', 'lint/style/noRestrictedGlobals'],
  ['a node module', "export { readFileSync } from 'node:fs';", 'lint/correctness/noNodejsModules'],
  ['crypto as a module', "export { createHash } from 'crypto';", 'lint/correctness/noNodejsModules'],
])('core may not use %s, the engine may', (_name, code, rule) => {
  expect(findBroken('packages/core/src/example.ts', code)).toContain(rule);
  expect(findBroken('packages/engine/src/example.ts', code)).not.toContain(rule);
});

it('core may work on a date it is given', () => {
  expect(findBroken('packages/core/src/example.ts', 'export const day = (ms: number) => new Date(ms);')).toEqual([]);
});

it.each(['packages/engine/src/example.ts', 'packages/embedded/src/example.ts', 'apps/api/src/main.ts'])(
  '%s may not read the environment',
  (file) => {
    expect(findBroken(file, 'export const url = process.env.A;')).toContain('lint/style/noProcessEnv');
  },
);

it.each(['apps/api/src/config.ts', 'packages/engine/test/import.test.ts', 'tools/run/example.mjs'])(
  '%s may read the environment',
  (file) => {
    expect(findBroken(file, 'export const url = process.env.A;')).toEqual([]);
  },
);
