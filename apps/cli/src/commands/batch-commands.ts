import { type Command, Option } from 'commander';
import type { BatchView, ListOf } from '../api-types.ts';
import { endedJobs, jobsTotal } from '../batches/batch-state.ts';
import { EXIT } from '../exit-codes.ts';
import { batchText, nextSteps, rejectedLines, statusWords } from '../output/show-batch.ts';
import { showUsd } from '../output/show-usd.ts';
import { renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import type { CommandFrame } from './command-frame.ts';
import { watchToEnd } from './import-command.ts';
import { integerOption, shareOption, usdOption } from './option-parsers.ts';

export function addBatchCommands({ program, run }: CommandFrame): void {
  const batch = program.command('batch').description('look at and steer batches');
  addReadCommands(batch, run);
  addSteeringCommands(batch, run);
}

type Run = CommandFrame['run'];

function addReadCommands(batch: Command, run: Run): void {
  batch
    .command('list')
    .description('the newest batches')
    .option('--limit <n>', 'how many', integerOption(1, 100), 20)
    .action((options: { limit: number }, command) => run(command, (session) => listBatches(session, options.limit)));
  batch
    .command('show <id>')
    .description('state, counts and money of one batch')
    .action((id: string, _options, command) =>
      run(command, async (session) => {
        const found = await session.client.get<BatchView>(batchPath(id));
        session.document(found);
        for (const line of [batchText(found, session.paint), ...rejectedLines(found, session.paint)]) session.say(line);
        for (const step of nextSteps(found)) session.say(step);
        return EXIT.ok;
      }),
    );
  batch
    .command('watch <id>')
    .description('show the progress until the batch has ended; with --json one line for each change')
    .action((id: string, _options, command) => run(command, (session) => watchToEnd(session, id)));
}

function addSteeringCommands(batch: Command, run: Run): void {
  for (const [verb, description] of [
    ['confirm', 'start a batch that waits for your agreement to its price'],
    ['pause', 'submit nothing more; what runs at fal goes on'],
    ['resume', 'go on after a pause of yours or of a brake; or release the rows behind a pilot'],
  ] as const) {
    batch
      .command(`${verb} <id>`)
      .description(description)
      .action((id: string, _options, command) => run(command, (session) => steer(session, id, verb)));
  }
  batch
    .command('cancel <id>')
    .description('end a batch')
    .addOption(
      new Option('--mode <mode>', 'what runs at fal: drain lets it end, abort asks fal to stop it').choices([
        'drain',
        'abort',
      ]),
    )
    .action((id: string, options: { mode?: string }, command) =>
      run(command, (session) => steer(session, id, 'cancel', options.mode ? { mode: options.mode } : {})),
    );
  batch
    .command('retry <id>')
    .description('open failed jobs of a batch again; those that may still be paid are left out')
    .addOption(new Option('--status <status>', 'only these').choices(['failed', 'cancelled', 'expired']))
    .option('--error-code <code>', 'only jobs that ended with this error')
    .option('--dry-run', 'only say what would be done')
    .action((id: string, options: { status?: string; errorCode?: string; dryRun?: boolean }, command) =>
      run(command, (session) => steer(session, id, 'retry', retryBody(options))),
    );
  batch
    .command('set <id>')
    .description('change the cap, priority, weight, name or brakes of a batch')
    .option('--cap <usd>', 'most that the batch may cost', usdOption)
    .option('--priority <n>', 'from -100 to 100, higher first', integerOption(-100, 100))
    .option('--weight <n>', 'its share of the slots against other batches, from 1 to 100', integerOption(1, 100))
    .option('--name <name>')
    .option('--max-waste <usd>', 'pause when attempts that failed or wait for review cost or hold so much', usdOption)
    .option('--pause-if-error-rate <share>', 'pause when this share of the last jobs failed', shareOption)
    .option('--error-window <jobs>', 'how many jobs that looks at', integerOption(1, 1_000))
    .action((id: string, options: SetOptions, command) =>
      run(command, async (session) =>
        showSteered(session, await session.client.send('PATCH', batchPath(id), changeOf(options))),
      ),
    );
}

interface SetOptions {
  readonly cap?: string;
  readonly priority?: number;
  readonly name?: string;
  readonly maxWaste?: string;
  readonly pauseIfErrorRate?: number;
  readonly errorWindow?: number;
}

function changeOf({ maxWaste, pauseIfErrorRate, errorWindow, ...others }: SetOptions): object {
  const window = errorWindow === undefined ? {} : { window: errorWindow };
  return {
    ...others,
    ...(maxWaste === undefined ? {} : { max_waste: maxWaste }),
    ...(pauseIfErrorRate === undefined ? {} : { pause_if: { error_rate: pauseIfErrorRate, ...window } }),
  };
}

async function listBatches(session: Session, limit: number) {
  const list = await session.client.get<ListOf<BatchView>>('/v1/batches', { limit });
  session.document(list);
  const rows = list.data.map((batch) => [
    batch.id,
    batch.name ?? '',
    statusWords(batch),
    `${endedJobs(batch.request_counts)}/${jobsTotal(batch.request_counts)}`,
    showUsd(batch.cost.charged),
    batch.created_at,
  ]);
  const head = ['ID', 'NAME', 'STATUS', 'ENDED', 'CHARGED', 'CREATED'];
  session.say(rows.length === 0 ? 'no batches yet' : renderTable(head, rows, session.paint));
  if (list.has_more) session.say('… and older ones: raise --limit');
  return EXIT.ok;
}

async function steer(session: Session, id: string, verb: string, body: object = {}) {
  return showSteered(session, await session.client.send('POST', `${batchPath(id)}/${verb}`, body));
}

function showSteered(
  session: Session,
  batch: BatchView & { retried?: number; skipped_unknown?: number; skipped_invalid?: number },
) {
  session.document(batch);
  session.say(batchText(batch, session.paint));
  if (batch.retried !== undefined) session.say(`opened again: ${batch.retried} jobs`);
  if (batch.skipped_unknown) session.say(`left out, as fal may still be paid for them: ${batch.skipped_unknown} jobs`);
  if (batch.skipped_invalid)
    session.say(`left out, as their input or their max_cost does not allow it: ${batch.skipped_invalid} jobs`);
  return EXIT.ok;
}

function retryBody({ status, errorCode, dryRun }: { status?: string; errorCode?: string; dryRun?: boolean }): object {
  return {
    ...(status === undefined ? {} : { status: [status] }),
    ...(errorCode === undefined ? {} : { error_code: errorCode }),
    ...(dryRun === undefined ? {} : { dry_run: dryRun }),
  };
}

function batchPath(id: string): string {
  return `/v1/batches/${encodeURIComponent(id)}`;
}
