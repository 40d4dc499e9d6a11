import { readFileSync } from 'node:fs';
import { pause } from '../wait.ts';

/** Stops a process with all its children, as a frozen machine would. */
export async function freeze(pid: number, ms: number): Promise<void> {
  const frozen = [pid, ...childrenOf(pid)];
  for (const each of frozen) send(each, 'SIGSTOP');
  await pause(ms);
  for (const each of frozen) send(each, 'SIGCONT');
}

/** Linux tells; elsewhere only the process itself stops. */
function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended meanwhile.
  }
}
