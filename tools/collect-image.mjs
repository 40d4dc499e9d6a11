// For the Dockerfile: gathers what the processes need at run time. usage: node tools/collect-image.mjs TARGET APP...
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

const [target, ...apps] = process.argv.slice(2);
const image = path.join(target, 'reelay');

/** The apps and every package of ours that they stand on. */
function withPackages(folders) {
  const found = new Set(folders);
  for (const folder of found) {
    const { dependencies = {} } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) {
      if (name.startsWith('@reelay/')) found.add(path.join('packages', name.slice('@reelay/'.length)));
    }
  }
  return [...found];
}

const isCode = (file) => !file.endsWith('.d.ts') && !file.endsWith('.d.ts.map') && !file.endsWith('.tsbuildinfo');
// Links to parts of the project that are not in the image.
const isWanted = (source) => !source.includes(path.join('node_modules', '.bin')) && !source.endsWith('.d.ts');

mkdirSync(path.join(target, 'state'), { recursive: true });
const folders = withPackages(apps);
for (const folder of folders) {
  for (const part of ['package.json', 'dist', 'bin', 'node_modules']) {
    const from = path.join(folder, part);
    if (existsSync(from)) cpSync(from, path.join(image, from), { recursive: true, filter: isCode });
  }
}
for (const part of ['package.json', 'LICENSE', 'prisma/migrations']) {
  cpSync(part, path.join(image, part), { recursive: true });
}
for (const name of readdirSync('node_modules')) {
  if (name === '@reelay') continue;
  const from = path.join('node_modules', name);
  cpSync(from, path.join(image, from), { recursive: true, verbatimSymlinks: true, filter: isWanted });
}
for (const folder of folders) {
  const { name } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  const from = path.join('node_modules', name);
  mkdirSync(path.dirname(path.join(image, from)), { recursive: true });
  cpSync(from, path.join(image, from), { verbatimSymlinks: true });
}
