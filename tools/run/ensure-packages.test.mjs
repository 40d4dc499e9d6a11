import { expect, it } from 'vitest';
import { isInstalled } from './ensure-packages.mjs';

const zod = { version: '4.6.7', integrity: 'sha512-a' };
const lock = (packages) => ({ packages: { '': { name: 'reelay' }, ...packages } });

it('is true when npm installed what the lockfile asks for', () => {
  expect(isInstalled(lock({ 'node_modules/zod': zod }), lock({ 'node_modules/zod': zod }))).toBe(true);
});

it.each([
  ['nothing is installed', undefined],
  ['a package is missing', lock({})],
  ['a package has another version', lock({ 'node_modules/zod': { ...zod, version: '4.6.8' } })],
  ['a package has other contents', lock({ 'node_modules/zod': { ...zod, integrity: 'sha512-b' } })],
])('is false when %s', (_name, installed) => {
  expect(isInstalled(lock({ 'node_modules/zod': zod }), installed)).toBe(false);
});

it('does not ask for packages of other platforms', () => {
  const wanted = lock({ 'node_modules/fsevents': { ...zod, optional: true } });

  expect(isInstalled(wanted, lock({}))).toBe(true);
});
