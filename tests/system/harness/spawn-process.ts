import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../..');
const KEPT_OUTPUT = 200_000;
const READY_TIMEOUT_MS = 60_000;

export interface Process {
  readonly pid: number;
  /** The last output, for a failing test to show. */
  output(): string;
  /** Null while it runs, and when a signal ended it. */
  exitCode(): number | null;
  /** What it was ended by, or null. */
  endSignal(): NodeJS.Signals | null;
  signal(name: NodeJS.Signals): void;
  /** Signals and waits for the end. */
  kill(name: NodeJS.Signals): Promise<void>;
}

/** Starts one of our programs as it runs in production and waits until it says that it is ready. */
export async function spawnProcess(script: string, env: Record<string, string>, ready: RegExp): Promise<Process> {
  const child = spawn(process.execPath, [path.join(ROOT, script)], {
    cwd: ROOT,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await untilReady(child, () => output, ready, script);
  return {
    pid: child.pid ?? 0,
    output: () => output,
    exitCode: () => child.exitCode,
    endSignal: () => child.signalCode,
    signal: (name) => void child.kill(name),
    kill: async (name) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, 'exit');
      child.kill(name);
      await exited;
    },
  };
}

async function untilReady(child: ChildProcess, output: () => string, ready: RegExp, script: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${script} ${why}\n${output()}`));
    const ended = (code: number | null) => fail(`ended with ${code}`);
    const look = () => {
      if (!ready.test(output())) return;
      clearTimeout(timer);
      child.off('exit', ended);
      child.stdout?.off('data', look);
      resolve();
    };
    const timer = setTimeout(() => fail('did not become ready'), READY_TIMEOUT_MS);
    child.once('exit', ended);
    child.stdout?.on('data', look);
  });
}
