/**
 * A project's ledger as CSV in the order of ids. An entry gets its id before its transaction commits: a later export may
 * hold lines between those of an earlier one, and never fewer or other ones.
 */
import { formatUsd } from '@reelay/core';
import { type LedgerFilter, readLedger } from '@reelay/db';
import type { Context } from '../context.ts';
import { csvText } from './csv-text.ts';

export interface LedgerExport extends LedgerFilter {
  readonly projectId: string;
}

const PAGE_ROWS = 1_000;
const COLUMNS = [
  'id',
  'created_at',
  'kind',
  'amount_usd',
  'basis',
  'batch_id',
  'job_id',
  'attempt_id',
  'fal_request_id',
];

export async function* exportLedger({ db }: Pick<Context, 'db'>, { projectId, ...filter }: LedgerExport) {
  yield csvText([COLUMNS]);
  let last = 0n;
  for (;;) {
    // The list runs from the newest: what precedes an id there is what was written after it.
    const page = await readLedger(db.prisma, projectId, filter, { limit: PAGE_ROWS, before: last });
    const entries = page.rows.toReversed();
    if (entries.length > 0) yield csvText(entries.map(cellsOf));
    const newest = entries.at(-1);
    if (!page.hasMore || !newest) return;
    last = newest.id;
  }
}

type Entry = Awaited<ReturnType<typeof readLedger>>['rows'][number];

/** In the order of COLUMNS. */
function cellsOf(entry: Entry): string[] {
  return [
    String(entry.id),
    entry.created_at.toISOString(),
    entry.kind,
    formatUsd(entry.amount_nano_usd),
    entry.basis,
    entry.batch_id ?? '',
    entry.job_id,
    entry.attempt_id,
    entry.request_id ?? '',
  ];
}
