import { existsSync } from 'node:fs';
import path from 'node:path';
import type { KnownHead } from '@reelay/engine';
import { Command, InvalidArgumentError } from 'commander';
import type { LocalConfig } from './config.ts';
import type { DemoFlags } from './demo/demo-stack.ts';
import type { AuditFlags } from './ledger-audit/run-audit.ts';
import { findProjectDir } from './project-dir.ts';
import type { StartFlags } from './start/start-options.ts';

export interface LocalCommands {
  start(flags: StartFlags): Promise<number>;
  demo(flags: DemoFlags): Promise<number>;
  audit(flags: AuditFlags): Promise<number>;
}

const EXAMPLE = path.join('examples', 'loveu-tgve-2023.csv');
const SPEED_DEFAULT = 60;
const SPEED_MAX = 10_000;
const CONCURRENCY_DEFAULT = 40;

/** Reads the command line and runs one of the commands; returns its exit code. */
export async function runCommandLine(args: readonly string[], config: LocalConfig, commands: LocalCommands) {
  let exitCode = 0;
  const program = new Command('reelay-local').exitOverride();
  program
    .command('start')
    .description('run Reelay here until Ctrl-C; data is kept between runs')
    .option('--port <n>', "the API's port; default: 8080 or the next that is free", whole(1, 65_535))
    .option(
      '--speed <n>',
      'how much faster than the real one the simulated fal is',
      numberIn(0.1, SPEED_MAX),
      SPEED_DEFAULT,
    )
    .option('--seed <n>', 'chance of the simulated fal', whole(0, 2 ** 31), 1)
    .action(async (flags: StartFlags) => {
      exitCode = await commands.start(flags);
    });
  program
    .command('demo')
    .description('run a file to its end on a simulated fal, and hold the books against its bill')
    .argument('[file]', 'CSV or NDJSON', (file) => findFile(file, config.calledFrom))
    .option('--faults <json>', 'what goes wrong at fal and how often: \'{"webhook.lose":0.3}\'', faults, {})
    .option('--speed <n>', 'how much faster than the real fal', numberIn(0.1, SPEED_MAX), SPEED_DEFAULT)
    .option('--seed <n>', 'chance of the simulated fal', whole(0, 2 ** 31), 1)
    .option('--concurrency <n>', 'slots at fal', whole(1, 1_000), CONCURRENCY_DEFAULT)
    .option('--out <dir>', 'where results.csv and summary.json go', 'demo-results')
    .action(async (file: string | undefined, flags: Omit<DemoFlags, 'file'>) => {
      const example = path.join(findProjectDir(), EXAMPLE);
      exitCode = await commands.demo({ ...flags, file: file ?? example, out: path.resolve(flags.out) });
    });
  program
    .command('audit')
    .description('derive every balance of the ledger again and follow its seals; changes no entry')
    .option('--json', 'for machines', false)
    .option(
      '--head <n:hash>',
      'a head from a statement or an earlier audit, to be found again; repeatable',
      addHead,
      [],
    )
    .action(async (flags: AuditFlags) => {
      exitCode = await commands.audit(flags);
    });
  await program.parseAsync(args, { from: 'user' });
  return exitCode;
}

/** npm runs us in the checkout, and says from where it was called. */
function findFile(file: string, calledFrom: string | undefined): string {
  const here = path.resolve(file);
  const there = path.resolve(calledFrom ?? '.', file);
  return !existsSync(here) && existsSync(there) ? there : here;
}

function faults(text: string): object {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)) return parsed;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('give a JSON object, like \'{"webhook.lose":0.3}\'');
}

function addHead(text: string, heads: readonly KnownHead[]): KnownHead[] {
  const match = /^(\d{1,18}):([0-9a-f]{64})$/.exec(text.trim());
  if (!match)
    throw new InvalidArgumentError('give the number of a block and its hash, like 12:9f86d0…, all 64 characters');
  const [, n = '', hash = ''] = match;
  return [...heads, { n: BigInt(n), hash }];
}

function numberIn(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`give a number from ${min} to ${max}`);
    }
    return value;
  };
}

function whole(min: number, max: number): (text: string) => number {
  const read = numberIn(min, max);
  return (text) => {
    const value = read(text);
    if (!Number.isInteger(value)) throw new InvalidArgumentError('give a whole number');
    return value;
  };
}
