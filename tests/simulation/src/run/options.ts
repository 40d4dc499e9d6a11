import { parseArgs } from 'node:util';

export interface Options {
  readonly from: number;
  readonly seeds: number;
  /** Tell the story of every seed, not only of those that fail. */
  readonly trace: boolean;
  readonly stopAtFirst: boolean;
}

export class UsageError extends Error {}

const USAGE = 'usage: npm run sim -- [--seeds 1000] [--from 1] [--seed 42] [--trace] [--stop-at-first]';
const SEEDS = 200;

export function readOptions(args: string[]): Options {
  const values = parse(args);
  const from = whole(values.seed ?? values.from ?? '1');
  const seeds = values.seed === undefined ? whole(values.seeds ?? String(SEEDS)) : 1;
  return { from, seeds, trace: values.trace ?? false, stopAtFirst: values['stop-at-first'] ?? false };
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        seeds: { type: 'string' },
        from: { type: 'string' },
        seed: { type: 'string' },
        trace: { type: 'boolean' },
        'stop-at-first': { type: 'boolean' },
      },
    }).values;
  } catch (error) {
    throw new UsageError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function whole(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new UsageError(`${text} is no whole number from 1\n${USAGE}`);
  return value;
}
