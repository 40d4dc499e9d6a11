/**
 * A copy of the project to be broken in its place. Packages of others are linked, our own are the copy's; what is
 * compiled comes along with its dates, so that the compiler has little to do.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Edit } from './mutant.ts';

const NOT_COPIED = new Set(['node_modules', '.git', '.turbo', '.reelay', 'demo-results', 'bench-results', 'coverage']);
const OURS = '@reelay';

export interface Tree {
  readonly root: string;
  /** Throws when an edit does not apply; nothing is changed then. */
  apply(edits: readonly Edit[]): void;
  /** Takes every edit back. */
  mend(): void;
  remove(): void;
}

export class DoesNotApply extends Error {}

export function copyTree(original: string): Tree {
  const root = mkdtempSync(path.join(os.tmpdir(), 'reelay-mutant-'));
  for (const name of readdirSync(original)) {
    if (NOT_COPIED.has(name)) continue;
    const filter = (source: string) => !NOT_COPIED.has(path.basename(source));
    cpSync(path.join(original, name), path.join(root, name), { recursive: true, preserveTimestamps: true, filter });
  }
  linkPackages(original, root);
  const originals = new Map<string, string>();
  return {
    root,
    apply: (edits) => {
      const changed = new Map<string, string>();
      for (const edit of edits) {
        const file = path.join(root, edit.file);
        const text = changed.get(file) ?? read(file);
        const parts = text.split(edit.find);
        if (parts.length !== 2) throw new DoesNotApply(`${edit.file}: its text is there ${parts.length - 1} times`);
        changed.set(file, parts.join(edit.replace));
      }
      for (const [file, text] of changed) {
        originals.set(file, read(file));
        writeFileSync(file, text);
      }
    },
    mend: () => {
      for (const [file, text] of originals) writeFileSync(file, text);
      originals.clear();
    },
    remove: () => rmSync(root, { recursive: true, force: true }),
  };
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    throw new DoesNotApply(`${file} is not there`);
  }
}

function linkPackages(original: string, root: string): void {
  const from = path.join(original, 'node_modules');
  const to = path.join(root, 'node_modules');
  mkdirSync(path.join(to, OURS), { recursive: true });
  for (const name of readdirSync(from)) {
    if (name !== OURS) symlinkSync(path.join(from, name), path.join(to, name));
  }
  for (const folder of ['packages', 'apps']) {
    for (const name of readdirSync(path.join(root, folder))) {
      symlinkSync(path.join(root, folder, name), path.join(to, OURS, name));
    }
  }
}
