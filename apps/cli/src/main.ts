import { readConfig } from './config.ts';
import { EXIT } from './exit-codes.ts';
import { runCli } from './run-cli.ts';

const interrupt = new AbortController();

function onSignal(): void {
  if (interrupt.signal.aborted) process.exit(EXIT.interrupted);
  interrupt.abort();
}
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);

// A reader like `head` that has seen enough is not an error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT.ok);
  throw error;
});

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  config: readConfig(),
  cwd: process.cwd(),
  signal: interrupt.signal,
});
