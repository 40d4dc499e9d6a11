import { pathToFileURL } from 'node:url';
import { prepareProgram } from './prepare.mjs';
import { inProject } from './project-root.mjs';

/** The program replaces this one: same process, so signals, terminal and exit code are its own. */
export async function runProgram(file, args) {
  await prepareProgram();
  await becomeProgram(inProject(file), args);
}

export async function becomeProgram(file, args) {
  process.argv = [process.execPath, file, ...args];
  await import(pathToFileURL(file).href);
}
