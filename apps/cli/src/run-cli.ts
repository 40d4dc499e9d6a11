import { Command, CommanderError } from 'commander';
import { CliError } from './cli-error.ts';
import { addBatchCommands } from './commands/batch-commands.ts';
import { addBudgetCommands } from './commands/budget-commands.ts';
import { makeCommandFrame } from './commands/command-frame.ts';
import { addEstimateCommand } from './commands/estimate-command.ts';
import { addFileCommands } from './commands/file-commands.ts';
import { addImportCommand } from './commands/import-command.ts';
import { addJobCommands } from './commands/job-commands.ts';
import { addListenCommand } from './commands/listen-command.ts';
import { addMoneyCommands } from './commands/money-commands.ts';
import { addServiceCommands } from './commands/service-commands.ts';
import { EXIT, EXIT_CODE_HELP, type ExitCode } from './exit-codes.ts';
import { makePaint } from './output/paint.ts';
import { errorDocument, errorLines, exitCodeOf } from './output/report-error.ts';
import type { CliIo } from './session.ts';

const BAD_USAGE = { exitCode: EXIT.badInput };

/** Runs one command line and returns its exit code. Touches nothing of the process but what `io` holds. */
export async function runCli(args: readonly string[], io: CliIo): Promise<ExitCode> {
  const json = args.includes('--json');
  let exitCode: ExitCode = EXIT.ok;
  const program = makeProgram(io, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      if (error.exitCode === 0) return EXIT.ok;
      if (json) io.stdout.write(`${JSON.stringify(errorDocument(new CliError(error.message, BAD_USAGE)))}\n`);
      return EXIT.badInput;
    }
    return reportFailure(error, json, io);
  }
}

export function reportFailure(
  error: unknown,
  json: boolean,
  io: Pick<CliIo, 'stdout' | 'stderr' | 'config'>,
): ExitCode {
  const lines = errorLines(error, makePaint(io.stderr, io.config.colours));
  io.stderr.write(`${lines.join('\n')}\n`);
  if (json) io.stdout.write(`${JSON.stringify(errorDocument(error))}\n`);
  return exitCodeOf(error);
}

function makeProgram(io: CliIo, finish: (code: ExitCode) => void): Command {
  const program = new Command('reelay')
    .description('Run large batches of paid video jobs on fal: none lost, none paid twice, no cap overspent.')
    .option('--json', 'machine output: one JSON document on the standard output')
    .option('--api-url <url>', "the API's address; default: REELAY_API_URL, else the local stack's")
    .addHelpText('after', `\n${CONNECTION_HELP}\n\n${EXIT_CODE_HELP}`)
    .configureOutput({ writeOut: (text) => io.stdout.write(text), writeErr: (text) => io.stderr.write(text) })
    .showHelpAfterError('(--help shows what can be given)')
    .exitOverride();
  const frame = makeCommandFrame(program, io, finish);
  addEstimateCommand(frame);
  addImportCommand(frame);
  addBatchCommands(frame);
  addFileCommands(frame);
  addJobCommands(frame);
  addMoneyCommands(frame);
  addBudgetCommands(frame);
  addListenCommand(frame);
  addServiceCommands(frame);
  return program;
}

const CONNECTION_HELP = `Connection: REELAY_API_URL and REELAY_API_KEY, else .reelay/connection.json, which "npm start" writes, in this
folder or one above it.`;
