import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { startEmbeddedPostgres } from '@reelay/embedded';

const DEMO_FOLDER = /^demo-(\d+)$/;

/** Removes what a killed demo left behind: its data, and its database server if that still runs. */
export async function removeLeftovers(dataRoot: string): Promise<void> {
  for (const name of await readdir(dataRoot)) {
    const owner = DEMO_FOLDER.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    const folder = path.join(dataRoot, name);
    const postgres = path.join(folder, 'postgres');
    // Taking the server over is the one sure way to tell whether it runs and to stop it in order.
    if (existsSync(path.join(postgres, 'postmaster.pid'))) {
      await startEmbeddedPostgres({ dataDir: postgres, durability: 'fast' }).then(
        (server) => server.stop(),
        () => {},
      );
    }
    await rm(folder, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
