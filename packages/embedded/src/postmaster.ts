// What the server itself wrote into postmaster.pid, and whether that is still true. After a crash the number may
// belong to any other process (in a container it often does), so being alive is not enough.
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';

export type Postmaster = { pid: number; dataDir: string; port: number | undefined };

const pidFile = (dataDir: string) => path.join(dataDir, 'postmaster.pid');

export function readPostmaster(dataDir: string): Postmaster | undefined {
  try {
    const [pid, directory = '', , port] = readFileSync(pidFile(dataDir), 'utf8').split('\n');
    // The port's line is missing for the first moments of a start.
    return { pid: Number(pid), dataDir: directory, port: port ? Number(port) : undefined };
  } catch {
    return undefined;
  }
}

export function isRunning({ pid, dataDir }: Postmaster): boolean {
  if (!isAlive(pid)) return false;
  return process.platform === 'win32' || commandLine(pid).includes(dataDir);
}

/** PostgreSQL takes a dead process's file over by itself, but would obey one whose number was given to another process. */
export function forgetPostmaster(dataDir: string, stale: Postmaster): void {
  if (isAlive(stale.pid) && readPostmaster(dataDir)?.pid === stale.pid) rmSync(pidFile(dataDir), { force: true });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

// Empty for a zombie, which still counts as alive.
function commandLine(pid: number): string {
  try {
    if (process.platform === 'linux') return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    return execFileSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' });
  } catch {
    return '';
  }
}
