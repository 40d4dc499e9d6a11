// From a fresh clone to something that runs: packages, the generated database client, compiled code. Each step looks
// first whether its work is still good, so that a second run begins at once.
import { ensurePackages } from './ensure-packages.mjs';
import { ensurePrismaClient } from './ensure-prisma-client.mjs';
import { inProject } from './project-root.mjs';
import { runStep } from './step.mjs';

export const TSC = inProject('node_modules/@typescript/native/bin/tsc');

export async function prepareSources() {
  await ensurePackages();
  await ensurePrismaClient();
}

export async function prepareProgram() {
  await prepareSources();
  await runStep({
    title: 'Compiling',
    args: [TSC, '-b'],
    advice: 'the sources above do not compile; correct them and run the command again',
    linesShown: 40,
  });
}
