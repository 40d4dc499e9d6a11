import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inProject } from './project-root.mjs';
import { runStep, StepError } from './step.mjs';

export async function ensurePackages() {
  const wanted = readLock(inProject('package-lock.json'));
  const installed = readLock(inProject('node_modules/.package-lock.json'));
  if (isInstalled(wanted, installed)) return;
  await runStep({
    title: installed ? 'Installing changed packages' : 'Installing packages, once',
    // Compilers and tests are development packages, and the database is an optional one: a machine that is set to leave
    // them out would stop later and with a riddle.
    args: [findNpm(), 'ci', '--no-audit', '--no-fund', '--loglevel=error', '--include=dev', '--include=optional'],
    advice:
      'check that the npm registry can be reached and that this folder can be written, then run the command again',
  });
}

/** Compares what npm wrote down about node_modules with what the lockfile asks for; dates of files say nothing reliable. */
export function isInstalled(wanted, installed) {
  if (!wanted || !installed) return false;
  return Object.entries(wanted.packages).every(([place, entry]) => {
    if (!place.includes('node_modules/') || entry.optional || entry.devOptional || entry.peer) return true;
    const found = installed.packages[place];
    return found !== undefined && found.version === entry.version && found.integrity === entry.integrity;
  });
}

function readLock(file) {
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

// npm tells the scripts it runs where it is; without it, look beside node, where installers put it.
function findNpm() {
  const besideNode = path.join(path.dirname(process.execPath), '../lib/node_modules/npm/bin/npm-cli.js');
  const onWindows = path.join(path.dirname(process.execPath), 'node_modules/npm/bin/npm-cli.js');
  const found = [process.env.npm_execpath, besideNode, onWindows].find(
    (file) => file?.endsWith('.js') && existsSync(file),
  );
  if (found) return found;
  throw new StepError('npm was not found beside node: run npm ci, then run the command again');
}
