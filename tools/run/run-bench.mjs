import { readdirSync } from 'node:fs';
import { prepareProgram } from './prepare.mjs';
import { inProject } from './project-root.mjs';
import { becomeProgram } from './run-program.mjs';
import { StepError } from './step.mjs';

export async function runBench([name, ...args]) {
  const names = listBenches();
  if (!names.includes(name)) {
    throw new StepError(
      `usage: npm run bench -- <name>, where name is one of: ${names.join(', ') || '(there is none yet)'}`,
    );
  }
  await prepareProgram();
  await becomeProgram(inProject('bench', `${name}.mjs`), args);
}

function listBenches() {
  const files = readdirSync(inProject('bench')).filter((file) => file.endsWith('.mjs') && !file.endsWith('.test.mjs'));
  return files.map((file) => file.replace(/\.mjs$/, '')).sort();
}
