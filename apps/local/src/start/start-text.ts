import { type Paint, showUsd } from '@reelay/cli';
import { formatUsd } from '@reelay/core';
import type { LocalConfig } from '../config.ts';
import { PORT_DEFAULT, type StartFlags } from './start-options.ts';

export interface StartFacts {
  readonly apiUrl: string;
  readonly apiKey: string;
  readonly dataDir: string;
  readonly logFile: string;
  /** Null when the checkout could not be written to. */
  readonly connectionFile: string | null;
}

const BANNER = ['█▀█ █▀▀ ▄▀█ █     █▀▄▀█ █▀█ █▄ █ █▀▀ █▄█', '█▀▄ ██▄ █▀█ █▄▄   █ ▀ █ █▄█ █ ▀█ ██▄  █ '];

/** What a person reads after `npm start`. */
export function startText(config: LocalConfig, flags: StartFlags, facts: StartFacts, paint: Paint): string {
  return [
    '',
    ...(config.falKey ? realMoneyLines(config, paint) : simulatedLines(flags)),
    '',
    `API      ${paint('cyan', facts.apiUrl)}${portNote(flags, facts)}`,
    `docs     ${paint('cyan', `${facts.apiUrl}/docs`)}`,
    `key      ${facts.apiKey}`,
    ...connectionLines(facts),
    `data     ${facts.dataDir} (kept between runs)`,
    `log      ${facts.logFile}`,
    '',
    `${paint('bold', 'In another terminal:')} npx reelay import ${exampleFor(config)} --watch`,
    'Ctrl-C stops everything; what was started goes on at the next start.',
    '',
  ].join('\n');
}

function portNote({ port }: StartFlags, { apiUrl }: StartFacts): string {
  const isUsual = new URL(apiUrl).port === String(PORT_DEFAULT);
  return port === undefined && !isUsual ? ` (port ${PORT_DEFAULT} is taken)` : '';
}

/** The example's videos do not exist: fal would be asked, and perhaps paid, for nothing. */
function exampleFor({ falKey }: LocalConfig): string {
  return falKey ? 'your.csv --cap 5' : 'examples/loveu-tgve-2023.csv';
}

function realMoneyLines({ budgetNanoUsd }: LocalConfig, paint: Paint): string[] {
  const banner = [...BANNER.map((line) => paint('red', line)), ''];
  if (budgetNanoUsd === undefined) {
    return [
      ...banner,
      paint('bold', 'FAL_KEY is set: jobs would run on fal and cost REAL MONEY.'),
      'Nothing is submitted until a budget is set: REELAY_BUDGET_USD=25 npm start',
    ];
  }
  return [
    ...banner,
    paint('bold', 'FAL_KEY is set: jobs run on fal and cost REAL MONEY.'),
    `Never more than REELAY_BUDGET_USD, ${showUsd(formatUsd(budgetNanoUsd))}, is spent by all runs on this data together.`,
    'npx reelay stop-all stops submitting at once.',
  ];
}

function simulatedLines({ speed }: StartFlags): string[] {
  return [`No FAL_KEY: jobs run on a simulated fal, ${speed} times as fast as the real one. No money is spent.`];
}

function connectionLines({ connectionFile }: StartFacts): string[] {
  if (connectionFile) return [`         also in ${connectionFile}, where npx reelay finds it`];
  return [
    '         the checkout is read-only: give npx reelay this address and key as REELAY_API_URL and REELAY_API_KEY',
  ];
}
