import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import type { ClusterPlace } from './init-cluster.ts';
import { isRunning, readPostmaster } from './postmaster.ts';
import { runBinary } from './run-binary.ts';

const TIMEOUT_SECONDS = 60;

/** Ends sessions, writes everything down and waits until the server is gone. One that is gone already is fine. */
export async function stopServer({ dataDir, account, binaries }: ClusterPlace): Promise<void> {
  const args = ['stop', '-D', dataDir, '-m', 'fast', '-w', '-t', String(TIMEOUT_SECONDS)];
  const { exitCode } = await runBinary(binaries.pgCtl, args, account);
  const postmaster = readPostmaster(dataDir);
  if (exitCode === 0 || postmaster === undefined || !isRunning(postmaster)) return;
  throw new EmbeddedPostgresError(
    `PostgreSQL (process ${postmaster.pid}) did not stop within ${TIMEOUT_SECONDS} s: end that process by hand`,
  );
}
