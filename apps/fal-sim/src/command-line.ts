import { Command, InvalidArgumentError, Option } from 'commander';
import type { SimOptions } from './sim-options.ts';

/** Reads flags and FAL_SIM_* variables; only their form is checked here, their values when the simulator starts. */
export function readSettings(argv: readonly string[], onExit?: 'throw'): SimOptions {
  const command = new Command('fal-sim')
    .description('A stand-in for fal: its queue, its webhooks, its faults, and a ledger of what was paid.')
    .addOption(flag('--port <n>', 'port to listen on, 0 for any free one', 7070).argParser(toNumber))
    .addOption(flag('--host <address>', 'address to listen on', '127.0.0.1'))
    .addOption(flag('--public-url <url>', 'address put into answers; default: the one the caller used'))
    .addOption(flag('--seed <n>', 'seed of run times and faults', 1).argParser(toNumber))
    .addOption(flag('--speed <n>', 'simulated seconds per real second', 1).argParser(toNumber))
    .addOption(flag('--concurrency <n>', 'requests that run at a time', 40).argParser(toNumber))
    .addOption(flag('--median-run <seconds>', 'median run time', 90).argParser(toNumber))
    .addOption(flag('--retention <seconds>', 'how long a small result is kept', 3_600).argParser(toNumber))
    .addOption(flag('--state <directory>', 'keep the ledger there, so that a crash loses nothing'))
    .addOption(flag('--faults <json>', 'fault table, for example {"webhook.lose":0.1}').argParser(toJson))
    .addOption(flag('--units <kind>', 'billable units: scaled by resolution, or plain seconds', 'scaled'))
    .addOption(flag('--bill-422 <fraction>', 'share of the price billed for a 422', 0).argParser(toNumber))
    .addOption(flag('--bill-499 <fraction>', 'share of the price billed for a cancelled run', 0).argParser(toNumber))
    .addOption(flag('--balance <usd>', 'lock the account once this much was billed').argParser(toNumber))
    .addOption(flag('--webhook-restamp <bool>', 'give retried callbacks a new timestamp', true).argParser(toBoolean))
    .addOption(flag('--webhook-schedule <kind>', 'current (31 retries, 1 h) or legacy (10 retries, 2 h)', 'current'));
  if (onExit === 'throw') command.exitOverride().configureOutput({ writeErr: () => undefined });
  const given = command.parse(argv, { from: 'user' }).opts();
  const { medianRun, retention, state, balance, ...others } = given;
  return { ...others, medianRunSeconds: medianRun, retentionSeconds: retention, stateDir: state, balanceUsd: balance };
}

function flag(flags: string, description: string, defaultValue?: string | number | boolean): Option {
  const option = new Option(flags, description);
  option.env(`FAL_SIM_${option.name().toUpperCase().replaceAll('-', '_')}`);
  return defaultValue === undefined ? option : option.default(defaultValue);
}

function toNumber(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('Give a number.');
  return value;
}

function toBoolean(text: string): boolean {
  if (text !== 'true' && text !== 'false') throw new InvalidArgumentError('Give true or false.');
  return text === 'true';
}

function toJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new InvalidArgumentError('Give a JSON object.');
  }
}
