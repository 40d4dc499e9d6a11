/** A line per row. A cost that is not known is empty, never 0; several requests of a row stand side by side. */
import { csvText } from '../exports/csv-text.ts';
import type { StatementFacts, StatementRowView } from './statement-view.ts';

const COLUMNS = [
  'line',
  'custom_id',
  'job_id',
  'status',
  'price_version',
  'estimated_usd',
  'reserved_usd',
  'charged_usd',
  'billed_usd',
  'difference_reasons',
  'attempts',
  'fal_request_ids',
] as const;

export async function* statementCsv(_facts: StatementFacts, pages: AsyncIterable<readonly StatementRowView[]>) {
  yield csvText([[...COLUMNS]]);
  for await (const page of pages) yield csvText(page.map(cellsOf));
}

/** In the order of COLUMNS. */
function cellsOf(row: StatementRowView): string[] {
  const { line, custom_id, job_id, status, price_version, estimated, reserved, charged, billed, attempts } = row;
  const money = [estimated, reserved, charged, billed, reasonsOf(row)];
  const cells = [line, custom_id, job_id, status, price_version, ...money, attempts.length];
  return [...cells.map((cell) => String(cell ?? '')), requestsOf(row)];
}

/** Of each attempt its own request, then the others that fal accepted for it. */
export function requestsOf(row: StatementRowView): string {
  const ids = costsOf(row).map(({ fal_request_id: id }) => id);
  return [...new Set(ids.filter((id) => id !== null))].join(' ');
}

export function reasonsOf(row: StatementRowView): string {
  return costsOf(row)
    .flatMap(({ difference_reason: reason }) => (reason === null ? [] : [reason]))
    .join(' ');
}

const costsOf = ({ attempts }: StatementRowView) => attempts.flatMap((attempt) => [attempt, ...attempt.orphans]);
