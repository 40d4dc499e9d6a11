// One line per step for the person who waits, on stderr so that stdout stays the command's own.
import { spawn } from 'node:child_process';
import { PROJECT_ROOT } from './project-root.mjs';

/** Its message is meant to be read alone, without a stack. */
export class StepError extends Error {
  forPeople = true;
}

/** Runs node with its output held back; returns what it printed and how it ended. */
export function runQuietly(args, env = process.env) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { cwd: PROJECT_ROOT, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => {
        output += text;
      });
    }
    child.once('error', reject);
    child.once('close', (code) => resolve({ ok: code === 0, output }));
  });
}

/** Shows the step while it runs and how long it took; throws a StepError with the end of the output if it fails. */
export async function runStep({ title, args, advice, linesShown = 12 }) {
  const startedMs = performance.now();
  const stopShowing = showRunning(title);
  const { ok, output } = await runQuietly(args);
  stopShowing();
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  console.error(`${ok ? '✓' : '✗'} ${title} (${seconds} s)`);
  if (ok) return;
  const end = output.trimEnd().split('\n').slice(-linesShown).join('\n');
  throw new StepError(`${end}\n\n${title} failed: ${advice}`);
}

function showRunning(title) {
  if (!process.stderr.isTTY) return () => {};
  const startedMs = performance.now();
  const draw = () => process.stderr.write(`\r… ${title} (${Math.round((performance.now() - startedMs) / 1_000)} s)`);
  draw();
  const timer = setInterval(draw, 1_000);
  return () => {
    clearInterval(timer);
    process.stderr.write('\r\u001b[2K');
  };
}
