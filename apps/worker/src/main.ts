/** The worker process. */
import { ConfigError } from '@reelay/runtime';
import { readWorkerConfig } from './config.ts';
import { runWorker } from './run.ts';

try {
  await runWorker(readWorkerConfig());
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exit(1);
}
