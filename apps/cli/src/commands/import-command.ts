import path from 'node:path';
import type { Estimate } from '@reelay/contract';
import { Option } from 'commander';
import type { BatchView } from '../api-types.ts';
import { followBatch } from '../batches/follow-batch.ts';
import { FILE_FORMATS, type FileFormat, type FileUpload, uploadFile } from '../batches/upload-file.ts';
import { watchBatch } from '../batches/watch-batch.ts';
import { CliError, errorFromProblem } from '../cli-error.ts';
import { COMMAND } from '../command-name.ts';
import { EXIT, type ExitCode, exitCodeOfBatch } from '../exit-codes.ts';
import { importedText, nextSteps, rejectedLines } from '../output/show-batch.ts';
import type { Session } from '../session.ts';
import type { CommandFrame } from './command-frame.ts';
import { defaultOption, integerOption, mapOption, type Pair, shareOption, usdOption } from './option-parsers.ts';
import { sayEstimate } from './say-estimate.ts';

export interface ImportOptions {
  readonly watch?: boolean;
  readonly format?: FileFormat;
  readonly name?: string;
  readonly model?: string;
  readonly cap?: string;
  readonly mode?: string;
  readonly start?: string;
  readonly default?: readonly Pair[];
  readonly map?: readonly Pair[];
  readonly priority?: number;
  readonly maxAttempts?: number;
  readonly onUnknown?: string;
  readonly unknownBudget?: string;
  readonly idempotencyKey?: string;
  readonly dryRun?: boolean;
  readonly pilot?: number;
  readonly pilotStrategy?: string;
  readonly maxWaste?: string;
  readonly pauseIfErrorRate?: number;
  readonly errorWindow?: number;
}

export function addImportCommand({ program, run }: CommandFrame): void {
  program
    .command('import <file>')
    .description('start a batch from a CSV or NDJSON file')
    .option('-w, --watch', 'stay and show the progress until the batch has ended')
    .addOption(new Option('--format <format>', "the file's format; default: by its name").choices(FILE_FORMATS))
    .option('--name <name>', "the batch's name; default: the file's")
    .option('--model <id>', 'the model that runs the rows')
    .option('--cap <usd>', 'most that the batch may cost', usdOption)
    .addOption(new Option('--mode <mode>', 'strict: one bad row refuses the file').choices(['strict', 'best_effort']))
    .addOption(new Option('--start <when>', 'confirm: check and price, then wait').choices(['auto', 'confirm']))
    .option('--default <key=value>', 'value for a field that a row leaves empty; repeatable', defaultOption)
    .option('--map <column=field>', "read column as field; an empty field ignores it: --map 'Notes='", mapOption)
    .option('--priority <n>', 'from -100 to 100, higher first', integerOption(-100, 100))
    .option('--max-attempts <n>', 'how often fal may run and fail a job', integerOption(1, 10))
    .addOption(
      new Option('--on-unknown <policy>', 'when it cannot be known whether fal took a job').choices([
        'review',
        'resubmit',
      ]),
    )
    .option('--unknown-budget <usd>', 'with resubmit: most that attempts given up for lost may hold', usdOption)
    .option(
      '--pilot <rows>',
      'run so many rows first, then pause and show what the rest will cost',
      integerOption(1, 10_000),
    )
    .addOption(new Option('--pilot-strategy <strategy>', 'which rows they are').choices(['first', 'spread']))
    .option('--max-waste <usd>', 'pause when attempts that failed or wait for review cost or hold so much', usdOption)
    .option('--pause-if-error-rate <share>', 'pause when this share of the last jobs failed, like 0.5', shareOption)
    .option('--error-window <jobs>', 'how many jobs that looks at; default 20', integerOption(1, 1_000))
    .option('--dry-run', 'check and price the file; store and start nothing')
    .option('--idempotency-key <key>', 'the same key and file never start a second batch')
    .action((file: string, options: ImportOptions, command) =>
      run(command, (session) => importFile(session, file, options)),
    );
}

async function importFile(session: Session, file: string, options: ImportOptions): Promise<ExitCode> {
  if (options.dryRun) return dryRun(session, file, options);
  const batch = await startImport(session, file, options).catch(adviseMapping);
  for (const line of importLines(batch, session)) session.say(line);
  if (options.watch && batch.status !== 'failed') return watchToEnd(session, batch.id);
  session.document(batch);
  if (batch.status === 'failed') return exitCodeOfBatch(batch);
  for (const step of nextSteps(batch)) session.say(step);
  if (batch.status !== 'awaiting_confirmation') session.say(`progress: ${COMMAND} batch watch ${batch.id}`);
  return batch.request_counts.rejected > 0 ? EXIT.unfinishedRows : EXIT.ok;
}

async function dryRun(session: Session, file: string, options: ImportOptions): Promise<ExitCode> {
  const estimate = await uploadFile<Estimate>(session.client, uploadOf(session, file, options)).catch(adviseMapping);
  return sayEstimate(session, estimate);
}

/** A refused header is often a question of names. */
export function adviseMapping(error: unknown): never {
  const isAboutColumns = (code: string | undefined) => code === 'unknown_column' || code === 'missing_column';
  if (!(error instanceof CliError) || !error.problem?.errors?.some(({ code }) => isAboutColumns(code))) throw error;
  throw errorFromProblem(
    error.problem,
    "correct the file, or name its columns here: --map 'Clip=video_url', --map 'Notes=' to ignore one, --default prompt=…",
  );
}

/** Uploads the file and waits until its rows have been checked: seconds, even for large files. */
export async function startImport(session: Session, file: string, options: ImportOptions): Promise<BatchView> {
  const uploaded = await uploadFile<BatchView>(session.client, uploadOf(session, file, options));
  return watchBatch(session.client, uploaded.id, {
    signal: session.io.signal,
    pollEveryMs: 200,
    onBatch: () => {},
    until: ({ status }) => status !== 'validating',
  });
}

function uploadOf(session: Session, file: string, options: ImportOptions): FileUpload {
  return {
    path: '/v1/imports',
    file: path.resolve(session.io.cwd, file),
    format: options.format,
    query: importQuery(file, options),
    idempotencyKey: options.idempotencyKey,
    signal: session.io.signal,
  };
}

export function importQuery(file: string, options: ImportOptions): URLSearchParams {
  const query = new URLSearchParams({ name: options.name ?? path.basename(file) });
  const given = {
    model: options.model,
    cap: options.cap,
    mode: options.mode,
    start: options.start,
    priority: options.priority,
    'retry[max_attempts]': options.maxAttempts,
    on_unknown: options.onUnknown,
    unknown_budget: options.unknownBudget,
    dry_run: options.dryRun,
    max_waste: options.maxWaste,
    'pilot[rows]': options.pilot,
    'pilot[strategy]': options.pilotStrategy,
    'pause_if[error_rate]': options.pauseIfErrorRate,
    'pause_if[window]': options.errorWindow,
  };
  for (const [key, value] of Object.entries(given)) if (value !== undefined) query.set(key, String(value));
  for (const [key, value] of options.default ?? []) query.set(`defaults[${key}]`, value);
  for (const [column, field] of options.map ?? []) query.set(`map[${column}]`, field);
  return query;
}

export function importLines(batch: BatchView, { paint }: Pick<Session, 'paint'>): string[] {
  return [importedText(batch, paint), ...rejectedLines(batch, paint), ''];
}

/** Shows a batch to its end, then how it ended. */
export async function watchToEnd(session: Session, batchId: string): Promise<ExitCode> {
  const batch = await followBatch(session, batchId);
  session.say('');
  for (const step of nextSteps(batch)) session.say(step);
  return exitCodeOfBatch(batch);
}
