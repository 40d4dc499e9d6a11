import { CliError, EXIT, readConfig, reportFailure } from '@reelay/cli';
import { EmbeddedPostgresError } from '@reelay/embedded';
import { ConfigError, onStopSignal } from '@reelay/runtime';
import { CommanderError } from 'commander';
import { runCommandLine } from './command-line.ts';
import { readLocalConfig } from './config.ts';
import { runDemo } from './demo/run-demo.ts';
import { runAudit } from './ledger-audit/run-audit.ts';
import { LocalError } from './local-error.ts';
import { runStart } from './start/run-start.ts';

// Whoever read our output may be gone: that must not end us before everything is stopped.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});

const io = { stdout: process.stdout, stderr: process.stderr, config: readConfig() };

async function main(): Promise<number> {
  try {
    const config = readLocalConfig();
    return await runCommandLine(process.argv.slice(2), config, {
      start: (flags) => runStart(config, flags),
      audit: (flags) => runAudit(config, flags, { ...io, cwd: process.cwd(), signal: untilInterrupted() }),
      demo: (flags) => runDemo(config, flags, { ...io, cwd: process.cwd(), signal: untilInterrupted() }),
    });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.badInput;
    return say(error);
  }
}

/** What a person can act on is said in one line; anything else is a fault of ours and keeps its stack. */
function say(error: unknown): number {
  const forPeople = [CliError, LocalError, EmbeddedPostgresError].some((kind) => error instanceof kind);
  if (error instanceof ConfigError) process.stderr.write(`${error.message}\n`);
  else if (!forPeople && error instanceof Error) process.stderr.write(`${error.stack}\n`);
  else return reportFailure(error, false, io);
  return EXIT.failure;
}

function untilInterrupted(): AbortSignal {
  const interrupt = new AbortController();
  onStopSignal(() => interrupt.abort());
  return interrupt.signal;
}

// Ended outright: a library's forgotten timer must not keep a finished command alive.
process.exit(await main());
