import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const SKIPPED = new Set(['node_modules', 'dist', 'generated']);
const SOURCE = /\.[cm]?[jt]sx?$/;

/** Every room with its manifest and, for each source file, the names it imports (types, re-exports and import() too). */
export function readWorkspaces(root) {
  return ['packages', 'apps'].flatMap((group) =>
    readdirSync(path.join(root, group))
      .map((room) => `${group}/${room}`)
      .filter((folder) => existsSync(path.join(root, folder, 'package.json')))
      .map((folder) => readWorkspace(root, folder)),
  );
}

export function readRootTools(root) {
  return Object.keys(readManifest(root, '.').devDependencies ?? {});
}

/** The names in import and export statements, import() and require() of one file. */
export function readImports(text) {
  return ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
}

function readWorkspace(root, folder) {
  const files = listSources(root, folder).map((file) => ({
    path: file,
    imports: readImports(readFileSync(path.join(root, file), 'utf8')),
  }));
  return { folder, room: path.posix.basename(folder), manifest: readManifest(root, folder), files };
}

function readManifest(root, folder) {
  return JSON.parse(readFileSync(path.join(root, folder, 'package.json'), 'utf8'));
}

function listSources(root, folder) {
  return readdirSync(path.join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const place = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return SKIPPED.has(entry.name) ? [] : listSources(root, place);
    return SOURCE.test(entry.name) ? [place] : [];
  });
}
