import { type Command, Option } from 'commander';
import type { AttemptView, JobView, ListOf } from '../api-types.ts';
import { COMMAND } from '../command-name.ts';
import { EXIT } from '../exit-codes.ts';
import type { Paint } from '../output/paint.ts';
import { showUsd } from '../output/show-usd.ts';
import { renderFields, renderTable } from '../output/table.ts';
import type { Session } from '../session.ts';
import type { CommandFrame } from './command-frame.ts';
import { integerOption } from './option-parsers.ts';

type Run = CommandFrame['run'];

export function addJobCommands({ program, run }: CommandFrame): void {
  const job = program.command('job').description('look at and steer single jobs');
  job
    .command('show <id>')
    .description('one job with its attempts: what each cost, and why it ended')
    .action((id: string, _options, command) => run(command, (session) => showJob(session, id)));
  job
    .command('list')
    .description('jobs, newest first')
    .option('--batch <id>', 'only of this batch')
    .option('--status <status>', 'only in this status')
    .option('--limit <n>', 'how many', integerOption(1, 100), 20)
    .action((options: ListOptions, command) => run(command, (session) => listJobs(session, options)));
  addSteeringCommands(job, run);
}

function addSteeringCommands(job: Command, run: Run): void {
  job
    .command('cancel <id>')
    .description('ask to cancel; for a running job its outcome decides')
    .action((id: string, _options, command) => run(command, (session) => steer(session, id, 'cancel')));
  job
    .command('retry <id>')
    .description('open a failed, cancelled or expired job again')
    .option('--accept-double-charge', 'even though an earlier attempt may still be paid')
    .action((id: string, options: { acceptDoubleCharge?: boolean }, command) =>
      run(command, (session) =>
        steer(session, id, 'retry', options.acceptDoubleCharge ? { accept_double_charge: true } : {}),
      ),
    );
  job
    .command('resolve <id>')
    .description('settle a job that needs review')
    .addOption(
      new Option('--action <action>', 'resubmit, fail, or adopt a request of fal')
        .choices(['resubmit', 'fail', 'adopt'])
        .makeOptionMandatory(),
    )
    .option('--request-id <id>', "fal's request id, for adopt")
    .action((id: string, { action, requestId }: { action: string; requestId?: string }, command) =>
      run(command, (session) =>
        steer(session, id, 'resolve', { action, ...(requestId === undefined ? {} : { request_id: requestId }) }),
      ),
    );
}

interface ListOptions {
  readonly batch?: string;
  readonly status?: string;
  readonly limit: number;
}

async function listJobs(session: Session, { batch, status, limit }: ListOptions) {
  const list = await session.client.get<ListOf<JobView>>('/v1/jobs', { batch_id: batch, status, limit });
  session.document(list);
  const rows = list.data.map((job) => [
    job.id,
    job.custom_id ?? '',
    job.status_detail ? `${job.status} (${job.status_detail})` : job.status,
    String(job.attempts),
    showUsd(job.cost.charged),
    job.error?.code ?? '',
  ]);
  const head = ['ID', 'CUSTOM ID', 'STATUS', 'ATTEMPTS', 'CHARGED', 'ERROR'];
  session.say(rows.length === 0 ? 'no such jobs' : renderTable(head, rows, session.paint));
  if (list.has_more) session.say('… and more: raise --limit');
  return EXIT.ok;
}

async function showJob(session: Session, id: string) {
  const job = await session.client.get<JobView>(jobPath(id));
  const attempts = await session.client.get<ListOf<AttemptView>>(`${jobPath(id)}/attempts`);
  session.document({ ...job, attempt_list: attempts.data });
  session.say(jobText(job, session.paint));
  if (attempts.data.length > 0) session.say(`\n${attemptTable(attempts.data, session.paint)}`);
  for (const line of orphanLines(attempts.data)) session.say(line);
  if (job.status === 'needs_review') {
    session.say(`next: ${COMMAND} job resolve ${job.id} --action resubmit|fail|adopt (adopt with --request-id ID)`);
  }
  return EXIT.ok;
}

async function steer(session: Session, id: string, verb: string, body: object = {}) {
  const job = await session.client.send<JobView>('POST', `${jobPath(id)}/${verb}`, body);
  session.document(job);
  session.say(jobText(job, session.paint));
  return EXIT.ok;
}

function jobText(job: JobView, paint: Paint): string {
  return renderFields(
    [
      ['job', job.id],
      ['batch', job.batch_id],
      ['custom id', job.custom_id],
      ['line', job.line === null ? null : String(job.line)],
      ['model', job.model],
      ['status', job.status_detail ? `${job.status} (${job.status_detail})` : job.status],
      ['error', job.error ? `${job.error.code}: ${job.error.message} (billed: ${job.error.billed})` : null],
      ['video', videoUrl(job.output)],
      ['estimated', showUsd(job.cost.estimated)],
      ['charged', showUsd(job.cost.charged)],
      ['created', job.created_at],
    ],
    paint,
  );
}

function attemptTable(attempts: readonly AttemptView[], paint: Paint): string {
  const rows = attempts.map(({ id, state, fal_request_id, cost, error }) => [
    id,
    state,
    fal_request_id ?? '',
    showUsd(cost.reserved),
    showUsd(cost.charged),
    error ? `${error.code}: ${error.message}` : '',
  ]);
  return renderTable(['ATTEMPT', 'STATE', 'FAL REQUEST', 'RESERVED', 'CHARGED', 'ERROR'], rows, paint);
}

/** What fal accepted besides: paid for, and accounted for by no attempt. */
function orphanLines(attempts: readonly AttemptView[]): string[] {
  return attempts.flatMap(({ id, orphans }) =>
    orphans.map(
      ({ request_id, state, outcome, used, cost }) =>
        `fal also accepted ${request_id} for ${id}: ${outcome ?? state}${used ? ', used' : ''}, charged ${showUsd(cost)}`,
    ),
  );
}

function videoUrl(output: JobView['output']): string | null {
  const video = output?.video;
  return video && typeof video === 'object' && 'url' in video ? String(video.url) : null;
}

function jobPath(id: string): string {
  return `/v1/jobs/${encodeURIComponent(id)}`;
}
