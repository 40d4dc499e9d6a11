/** The ledger of a project, newest entry first. */
import { type LedgerFilter, type Page, readLedger } from '@reelay/db';
import type { Context } from '../context.ts';
import { numericPage } from './numeric-page.ts';
import { type ListView, listView, time, usd } from './views.ts';

export interface LedgerQuery extends LedgerFilter {
  readonly projectId: string;
  readonly page: Page;
}

type LedgerRow = Awaited<ReturnType<typeof readLedger>>['rows'][number];

export type LedgerPage =
  | { readonly kind: 'page'; readonly list: ListView<LedgerEntryView> }
  | { readonly kind: 'unknown_cursor'; readonly cursor: 'after' | 'before' };

export async function listLedger(context: Pick<Context, 'db'>, query: LedgerQuery): Promise<LedgerPage> {
  const { projectId, page, ...filter } = query;
  const byEntry = numericPage(page);
  if ('unknown' in byEntry) return { kind: 'unknown_cursor', cursor: byEntry.unknown };
  const rows = await readLedger(context.db.prisma, projectId, filter, byEntry);
  return { kind: 'page', list: listView(rows, ledgerEntryView, ({ id }) => String(id)) };
}

function ledgerEntryView(entry: LedgerRow) {
  return {
    id: String(entry.id),
    object: 'ledger_entry' as const,
    batch_id: entry.batch_id,
    job_id: entry.job_id,
    attempt_id: entry.attempt_id,
    kind: entry.kind,
    fal_request_id: entry.request_id,
    amount: usd(entry.amount_nano_usd),
    basis: entry.basis,
    created_at: time(entry.created_at),
  };
}

export type LedgerEntryView = ReturnType<typeof ledgerEntryView>;
