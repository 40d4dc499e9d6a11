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
      ['reserved', showUsd(cost.reserved)],
      ['charged', showUsd(cost.charged)],
      ['billed', cost.billed === null ? 'not known yet' : showUsd(cost.billed)],
      ['cap', cost.cap === null ? 'none' : showUsd(cost.cap)],
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
      ['cap', batch.cost.cap === null ? null : showUsd(batch.cost.cap)],
    ],
    paint,
  );
}

export function statusWords({ status, pause_reason }: BatchView): string {
  return pause_reason ? `${status} (${pause_reason})` : status;
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
  if (status === 'awaiting_confirmation') return [`nothing is submitted before "${COMMAND} batch confirm ${id}"`];
  const advice = pauseAdvice(batch);
  const steps = [...(advice === null ? [] : [`paused: ${advice}`]), `results: ${COMMAND} results ${id} -o results.csv`];
  if (counts.needs_review > 0) steps.unshift(`reviews: ${COMMAND} job list --batch ${id} --status needs_review`);
  if (counts.failed > 0) steps.push(`failures: ${COMMAND} batch retry ${id} opens the failed jobs again`);
  return steps;
}
