/** The API process. */
import { ConfigError } from '@reelay/runtime';
import { readConfig } from './config.ts';
import { runApi } from './run.ts';

try {
  await runApi(readConfig());
} catch (error) {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exit(1);
}
