import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const SKIPPED = new Set(['.git', '.turbo', 'node_modules', 'dist', 'generated', '.reelay', 'coverage']);
const PAGE = /^(README\.md|CONTRIBUTING\.md|docs\/.*\.md)$/;

/** Every file and folder of the project, relative to its root with forward slashes. */
export function listProjectPaths(root, folder = '') {
  const found = new Set();
  for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
    if (SKIPPED.has(entry.name)) continue;
    const place = path.posix.join(folder, entry.name);
    found.add(place);
    if (entry.isDirectory()) for (const inner of listProjectPaths(root, place)) found.add(inner);
  }
  return found;
}

export function readPages(root, paths) {
  const pages = [...paths].filter((place) => PAGE.test(place));
  return pages.map((page) => ({ page, text: readFileSync(path.join(root, page), 'utf8') }));
}
