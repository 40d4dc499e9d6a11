import { spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';

export type Reaper = {
  /** Ends this process too when the test run dies. */
  watch(pid: number): void;
  /** The run has ended its servers itself. */
  dismiss(): void;
};

/** Cleans up after a test run that cannot: Ctrl-C and kills do not wait for teardowns. See reap-servers.mjs. */
export function startReaper(directory: string): Reaper {
  const program = fileURLToPath(new URL('reap-servers.mjs', import.meta.url));
  // Detached: a Ctrl-C goes to every process of the terminal's group.
  const child = spawn(process.execPath, [program, directory], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  child.unref();
  (child.stdin as Socket).unref();
  return {
    watch: (pid) => void child.stdin.write(`${pid}\n`),
    dismiss: () => void child.kill('SIGKILL'),
  };
}
