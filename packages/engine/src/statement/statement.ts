/**
 * What a batch cost, row by row, in a form to be kept: as JSON, CSV or a page to be printed. Read page by page as the
 * client takes it; its totals are the sums of the rows that it shows, and it names the head of the ledger's seal.
 */
import { TERMINAL_BATCH_STATES } from '@reelay/core';
import {
  countUnsealed,
  readHead,
  readStatementBatch,
  readStatementRows,
  type StatementBatch,
  type StatementRow,
} from '@reelay/db';
import type { Context } from '../context.ts';
import type { Export } from '../exports/export-results.ts';
import { statementCsv } from './statement-csv.ts';
import { statementHtml } from './statement-html.ts';
import { statementJson } from './statement-json.ts';
import { type StatementFacts, type StatementRowView, statementRow } from './statement-view.ts';

export type StatementFormat = 'json' | 'csv' | 'html';

export interface StatementQuestion {
  readonly projectId: string;
  readonly batchId: string;
  readonly format: StatementFormat;
}

const PAGE_ROWS = 500;
const WRITERS = { json: statementJson, csv: statementCsv, html: statementHtml } as const;

/** Null for another project's batch or none. */
export async function exportStatement(
  context: Pick<Context, 'db' | 'now'>,
  { projectId, batchId, format }: StatementQuestion,
): Promise<Export | null> {
  const { prisma } = context.db;
  const batch = await readStatementBatch(prisma, projectId, batchId);
  if (!batch) return null;
  const head = await readHead(prisma);
  const complete = isComplete(batch);
  const facts: StatementFacts = {
    batch,
    complete,
    issuedAt: new Date(context.now()),
    head: { ...head, unsealed: await countUnsealed(prisma) },
  };
  return { complete, lines: WRITERS[format](facts, pagesOf(context, batchId)) };
}

/** Every row has ended, and what each cost is known: nothing is held, and no bill is waited for. */
function isComplete({ state, held_nano_usd: held, has_open_bill: waits }: StatementBatch): boolean {
  return (TERMINAL_BATCH_STATES as readonly string[]).includes(state) && held === 0n && !waits;
}

async function* pagesOf({ db }: Pick<Context, 'db'>, batchId: string): AsyncGenerator<readonly StatementRowView[]> {
  let after = 0n;
  for (;;) {
    const rows: StatementRow[] = await readStatementRows(db.prisma, batchId, after, PAGE_ROWS);
    if (rows.length > 0) yield rows.map(statementRow);
    const last = rows.at(-1);
    if (!last || rows.length < PAGE_ROWS) return;
    after = last.row_no;
  }
}
