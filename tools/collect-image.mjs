// For the Dockerfile: gathers what the processes need at run time, our own code and exactly the packages that it depends on.
// usage: node tools/collect-image.mjs TARGET APP...
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync } from 'node:fs';
import path from 'node:path';

const [target, ...apps] = process.argv.slice(2);
const image = path.join(target, 'reelay');
const root = realpathSync(process.cwd());
const collected = new Set();

const isCode = (file) => !/\.(d\.[cm]?ts|d\.[cm]?ts\.map|tsbuildinfo)$/.test(file);

/** One of our own, in its folder: what was built of it, then everything that it depends on. */
function collectOurs(folder) {
  if (!isFirst(folder)) return;
  for (const part of ['package.json', 'dist', 'bin']) {
    const from = path.join(folder, part);
    if (existsSync(from)) cpSync(from, path.join(image, from), { recursive: true, filter: isCode });
  }
  collectDependencies(path.join(root, folder));
}

/** A package as npm laid it out, so that whatever shares it finds it. */
function collectPackage(directory) {
  const place = path.relative(root, directory);
  if (!isFirst(place)) return;
  const isItsOwn = (file) => isCode(file) && !file.slice(directory.length).includes(`${path.sep}node_modules`);
  cpSync(directory, path.join(image, place), { recursive: true, filter: isItsOwn });
  collectDependencies(directory);
}

function collectDependencies(directory) {
  const { dependencies, optionalDependencies, peerDependencies, peerDependenciesMeta } = readPackage(directory);
  const required = Object.keys(peerDependencies ?? {}).filter((name) => !peerDependenciesMeta?.[name]?.optional);
  for (const name of [...Object.keys({ ...dependencies, ...optionalDependencies }), ...required]) {
    const found = find(name, directory);
    if (!found) {
      if (optionalDependencies?.[name]) continue;
      throw new Error(`${path.relative(root, directory)} depends on ${name}, which is not installed`);
    }
    const real = realpathSync(found);
    if (real === found) collectPackage(found);
    else collectLink(found, path.relative(root, real));
  }
}

function collectLink(link, folder) {
  const from = path.relative(root, link);
  mkdirSync(path.dirname(path.join(image, from)), { recursive: true });
  if (isFirst(from)) cpSync(link, path.join(image, from), { verbatimSymlinks: true });
  collectOurs(folder);
}

/** Where Node would look for it from there. */
function find(name, directory) {
  for (let folder = directory; folder.startsWith(root); folder = path.dirname(folder)) {
    const candidate = path.join(folder, 'node_modules', name);
    if (existsSync(candidate)) return candidate;
  }
  return null;
}

function isFirst(place) {
  if (collected.has(place)) return false;
  collected.add(place);
  return true;
}

function readPackage(directory) {
  return JSON.parse(readFileSync(path.join(directory, 'package.json'), 'utf8'));
}

for (const app of apps) collectOurs(app);
for (const part of ['package.json', 'LICENSE', 'prisma/migrations']) {
  cpSync(part, path.join(image, part), { recursive: true });
}
mkdirSync(path.join(target, 'state'), { recursive: true });
