// A worker as it runs in production, but that it kills itself, as kill -9 does, when it passes the failpoint named by
// REELAY_TEST_DIES_AT.
import process from 'node:process';
import { REAL_WORLD } from '@reelay/engine';
import { readWorkerConfig, runWorker } from '@reelay/worker';

const failpoint = async (name) => {
  if (name !== process.env.REELAY_TEST_DIES_AT) return;
  process.kill(process.pid, 'SIGKILL');
  await new Promise(() => {});
};

await runWorker(readWorkerConfig(), { ...REAL_WORLD, failpoint });
