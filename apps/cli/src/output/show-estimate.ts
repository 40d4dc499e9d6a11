import type { Estimate } from '@reelay/contract';
import type { Paint } from './paint.ts';
import { detailLine } from './report-error.ts';
import { showUsd } from './show-usd.ts';
import { renderFields, renderTable } from './table.ts';

const TAGS_SHOWN_MAX = 20;
const ERRORS_SHOWN_MAX = 5;
const GROUPS_SHOWN_MAX = 3;

export function estimateText(estimate: Estimate, paint: Paint): string {
  return [summary(estimate, paint), ...tables(estimate, paint), ...warnings(estimate, paint)].join('\n\n');
}

function summary({ model, rows, cost, verdict }: Estimate, paint: Paint): string {
  const { total, rejected } = rows;
  return renderFields(
    [
      ['model', model],
      ['rows', rejected === 0 ? `${total}` : `${total}, of which ${rejected} rejected`],
      ['cost', showUsd(cost.list)],
      ['worst case', `${showUsd(cost.worst_case)} (every row uses all its attempts, each billed in full)`],
      ['priced by', cost.basis],
      ['start', verdict.message],
    ],
    paint,
  );
}

function tables({ by_resolution, by_tag }: Estimate, paint: Paint): string[] {
  const byResolution = by_resolution.map(({ resolution, rows, cost }) => [resolution, `${rows}`, showUsd(cost)]);
  const byTag = by_tag
    .slice(0, TAGS_SHOWN_MAX)
    .map(({ tag, rows, cost }) => [tag ?? '(others)', `${rows}`, showUsd(cost)]);
  const hidden = by_tag.length - byTag.length;
  return [
    ...(byResolution.length > 0 ? [renderTable(['RESOLUTION', 'ROWS', 'COST'], byResolution, paint)] : []),
    ...(byTag.length > 0 ? [renderTable(['TAG', 'ROWS', 'COST'], byTag, paint)] : []),
    ...(hidden > 0 ? [`… and ${hidden} more tags: --json shows them`] : []),
  ];
}

function warnings(estimate: Estimate, paint: Paint): string[] {
  const { duplicates, same_input: sameInput, unknowns, errors, rows } = estimate;
  const shown = errors.slice(0, ERRORS_SHOWN_MAX).map((row) => `  ${detailLine(row)}`);
  const more = rows.rejected > shown.length ? [`  … and ${rows.rejected - shown.length} more`] : [];
  const rejected = [paint('yellow', `${rows.rejected} rows would be rejected:`), ...shown, ...more];
  return [
    ...unknowns.map(
      (unknown) =>
        `${paint('yellow', 'not known:')} what ${unknown.rows} rows with ${unknown.field} really cost (list price ${showUsd(unknown.list)}). ${unknown.message}`,
    ),
    ...repeated(duplicates, `${paint('yellow', 'duplicates:')} rows that are paid for twice for the same result`),
    ...repeated(sameInput, 'same input: rows that differ in their seed only'),
    ...(estimate.all_rows_compared ? [] : ['not all rows were compared with each other: the file has too many']),
    ...(rows.rejected > 0 ? [rejected.join('\n')] : []),
  ];
}

function repeated({ groups, rows, cost, first }: Estimate['duplicates'], title: string): string[] {
  if (rows === 0) return [];
  const lines = first.slice(0, GROUPS_SHOWN_MAX).map((group) => `lines ${group.lines.join(', ')}`);
  return [
    `${title}: ${rows} in ${groups} groups, ${showUsd(cost)} (${lines.join('; ')}${groups > lines.length ? '; …' : ''})`,
  ];
}
