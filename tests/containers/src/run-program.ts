import { spawn } from 'node:child_process';
import { PROJECT_ROOT } from './settings.ts';

const SHOWN_CHARACTERS = 4_000;

/** Runs a program in the project's folder and returns what it printed; throws with the end of what it said when it fails. */
export async function runProgram(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const child = spawn(program, args, {
    cwd: PROJECT_ROOT,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let all = '';
  child.stdout.on('data', (chunk: Buffer) => {
    out += chunk;
    all += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    all += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${program} ${args[0] ?? ''} ended with ${code}:\n${all.slice(-SHOWN_CHARACTERS)}`);
  return out;
}
