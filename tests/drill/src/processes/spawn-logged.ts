import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { PROJECT_ROOT } from '../project-root.ts';

export interface ProcessSpec {
  readonly name: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: string;
  /** Left out: the process reports by itself that it is ready. */
  readonly isReady?: () => Promise<boolean>;
}

/** A Node program that writes to its log file without going through us, and can be spoken to. */
export function spawnLogged({ script, args = [], env, log }: ProcessSpec): ChildProcess {
  const file = openSync(log, 'a');
  try {
    return spawn(process.execPath, [script, ...args], {
      cwd: PROJECT_ROOT,
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', file, file, 'ipc'],
    });
  } finally {
    closeSync(file);
  }
}
