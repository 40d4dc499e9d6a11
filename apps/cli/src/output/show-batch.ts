import type { BatchView } from '../api-types.ts';
import { COMMAND } from '../command-name.ts';
import type { Paint } from './paint.ts';
import { pauseAdvice } from './pause-advice.ts';
import { detailLine } from './report-error.ts';
import { showUsd } from './show-usd.ts';
import { renderFields } from './table.ts';

const REJECTED_SHOWN_MAX = 5;

export function batchText(batch: BatchView, paint: Paint): string {
  const { cost } = batch;
  return renderFields(
    [
      ['batch', batch.id],
      ['name', batch.name],
      ['model', batch.model],
      ['status', statusWords(batch)],
      ['file', fileWords(batch)],
      ['rows', countWords(batch)],
      ['estimated', showUsd(cost.estimated)],
      ['worst case', cost.worst_case === null ? null : showUsd(cost.worst_case)],
      ['reserved', showUsd(cost.reserved)],
      ['charged', showUsd(cost.charged)],
      ['billed', cost.billed === null ? 'not known yet' : showUsd(cost.billed)],
      ['cap', cost.cap === null ? 'none' : showUsd(cost.cap)],
      ['pilot', pilotWords(batch)],
      ['brakes', brakeWords(batch)],
      ['created', batch.created_at],
    ],
    paint,
  );
}

/** What the import made of a file: no job has cost anything yet. */
export function importedText(batch: BatchView, paint: Paint): string {
  const { rejected, total } = batch.request_counts;
  return renderFields(
    [
      ['batch', batch.id],
      ['model', batch.model],
      ['file', fileWords(batch)],
      ['rows', rejected === 0 ? `${total}` : `${total}, of which ${rejected} rejected`],
      ['estimated', showUsd(batch.cost.estimated)],
      ['worst case', batch.cost.worst_case === null ? null : showUsd(batch.cost.worst_case)],
      ['cap', batch.cost.cap === null ? null : showUsd(batch.cost.cap)],
    ],
    paint,
  );
}

export function statusWords({ status, pause_reason }: BatchView): string {
  return pause_reason ? `${status} (${pause_reason})` : status;
}

/** What the pilot says of the rest. */
function pilotWords({ pilot }: BatchView): string | null {
  if (pilot === null) return null;
  const { state, done, failed, cost, failures, forecast } = pilot;
  const causes = failures.map(({ code, count }) => `${count} ${code}`);
  const failedWords = failed === 0 ? [] : [`${failed} failed (${causes.join(', ')})`];
  const costWords =
    cost.per_row === null ? [] : [`${showUsd(cost.per_row)} a row`, `the rest about ${showUsd(forecast.cost)}`];
  return [`${state}, ${done} of ${pilot.rows} done`, ...failedWords, ...costWords].join(', ');
}

function brakeWords({ brakes }: BatchView): string | null {
  const { max_waste: maxWaste, wasted, pause_if: pauseIf, error_rate: errorRate, stopped_by: stopped } = brakes;
  const parts = [
    ...(maxWaste === null ? [] : [`wasted ${showUsd(wasted)} of at most ${showUsd(maxWaste)}`]),
    ...(pauseIf === null ? [] : [`${failedWords(errorRate, pauseIf.window)}, at most ${percent(pauseIf.error_rate)}`]),
    ...(stopped === null ? [] : [`stopped: ${stopped.message}`]),
  ];
  return parts.length === 0 ? null : parts.join(', ');
}

function failedWords(errorRate: number | null, window: number): string {
  return errorRate === null ? 'no job has ended yet' : `${percent(errorRate)} of the last ${window} failed`;
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

/** What was guessed about the file, so that a wrong guess is seen at once. */
function fileWords({ file }: BatchView): string | null {
  if (file === null) return null;
  const facts = Object.entries(file).filter(
    ([, value]) => value === true || ['string', 'number'].includes(typeof value),
  );
  return facts.map(([name, value]) => `${name.replaceAll('_', ' ')}: ${value}`).join(', ');
}

function countWords({ request_counts: counts }: BatchView): string {
  const { total, ...rest } = counts;
  const parts = Object.entries(rest).filter(([, count]) => count > 0);
  return [`${total} in all`, ...parts.map(([name, count]) => `${count} ${name.replaceAll('_', ' ')}`)].join(', ');
}

/** The first rejected rows and where to get them all. */
export function rejectedLines(batch: BatchView, paint: Paint): string[] {
  const rejected = batch.request_counts.rejected;
  const shown = batch.errors.slice(0, REJECTED_SHOWN_MAX).map((row) => `  ${detailLine(row)}`);
  const refused = batch.status === 'failed' ? [paint('red', 'the file was refused; nothing runs')] : [];
  if (rejected === 0) return [...refused, ...shown];
  const rows = rejected === 1 ? '1 row was rejected' : `${rejected} rows were rejected`;
  return [
    ...refused,
    paint('yellow', `${rows}:`),
    ...shown,
    ...(rejected > shown.length ? [`  … and ${rejected - shown.length} more`] : []),
    `  all of them, ready to be fixed and imported again: ${COMMAND} errors ${batch.id} -o errors.csv`,
  ];
}

/** What a person does next with a batch in this state. */
export function nextSteps(batch: BatchView): string[] {
  const { id, status, request_counts: counts } = batch;
  if (status === 'awaiting_confirmation') {
    const { estimated, worst_case: worst } = batch.cost;
    return [
      `it waits for you: ${showUsd(estimated)} at list price, ${showUsd(worst)} at worst`,
      `start it: ${COMMAND} batch confirm ${id}`,
      `or drop it: ${COMMAND} batch cancel ${id}`,
    ];
  }
  const advice = pauseAdvice(batch);
  const steps = [...(advice === null ? [] : [`paused: ${advice}`]), `results: ${COMMAND} results ${id} -o results.csv`];
  if (counts.needs_review > 0) steps.unshift(`reviews: ${COMMAND} job list --batch ${id} --status needs_review`);
  if (counts.failed > 0) steps.push(`failures: ${COMMAND} batch retry ${id} opens the failed jobs again`);
  return steps;
}
