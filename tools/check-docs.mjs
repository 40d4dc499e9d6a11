// Fails when README.md, CONTRIBUTING.md or a page under docs/ names a path that does not exist.
import { fileURLToPath } from 'node:url';
import { findDeadPaths } from './docs/find-dead-paths.mjs';
import { listProjectPaths, readPages } from './docs/read-pages.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const existing = listProjectPaths(root);
const dead = readPages(root, existing).flatMap((page) => findDeadPaths(page, existing));

for (const { page, line, name } of dead) console.error(`${page}:${line} names ${name}, which does not exist`);
if (dead.length > 0) process.exitCode = 1;
