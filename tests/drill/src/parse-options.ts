import { existsSync } from 'node:fs';
import path from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';

export type BackendKind = 'redis' | 'postgres';

export interface DrillOptions {
  readonly seed: number;
  /** How long load arrives and faults strike. */
  readonly minutes: number;
  readonly jobs: number;
  readonly backend: BackendKind;
  /** Where the figures go as JSON. */
  readonly json: string | undefined;
  /** Keep the logs of a good run too. */
  readonly keep: boolean;
}

export function parseOptions(args: readonly string[]): DrillOptions {
  const command = new Command('npm run drill --')
    .description('Runs Reelay as real processes, breaks what can break, and holds the books against the provider.')
    .option('--seed <n>', 'what happens when, and to whom', whole(0, 2 ** 31), 1)
    .option('--minutes <n>', 'how long load arrives and faults strike', numberIn(0.1, 600), 1)
    .option('--jobs <n>', 'jobs to send in all', whole(50, 1_000_000), 600)
    .addOption(
      new Option('--backend <kind>', 'where BullMQ keeps its tasks; default: redis where there is a redis-server')
        .choices(['redis', 'postgres'])
        .default(defaultBackend(), ''),
    )
    .option('--json <file>', 'write the figures there')
    .option('--keep', 'keep the logs of a good run too', false);
  const given = command.parse(args, { from: 'user' }).opts<Omit<DrillOptions, 'json'> & { json?: string }>();
  return { ...given, json: given.json === undefined ? undefined : path.resolve(given.json) };
}

export const REDIS_SERVERS = ['redis-server', 'valkey-server'];

function defaultBackend(): BackendKind {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  const found = REDIS_SERVERS.some((name) => folders.some((folder) => existsSync(path.join(folder, name))));
  return found ? 'redis' : 'postgres';
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
