/** What a project spent: by day, batch, model, key or tag. */
import { type Page, readSpend, type SpendFilter, type SpendGrouping, type SpendRow } from '@reelay/db';
import type { Context } from '../context.ts';
import { type ListView, listView, usd } from './views.ts';

export interface SpendQuery extends SpendFilter {
  readonly projectId: string;
  readonly groupBy: SpendGrouping;
  readonly page: Page;
}

export async function listSpend(context: Pick<Context, 'db'>, query: SpendQuery): Promise<ListView<SpendView>> {
  const { projectId, groupBy, page, ...filter } = query;
  const rows = await readSpend(context.db.prisma, projectId, groupBy, filter, page);
  return listView(
    rows,
    (row) => spendView(row, groupBy),
    ({ name }) => name,
  );
}

function spendView(row: SpendRow, groupBy: SpendGrouping) {
  return {
    object: 'spend' as const,
    group_by: groupBy,
    group: row.name === '' ? null : row.name,
    jobs: row.jobs,
    attempts: row.attempts,
    reserved: usd(row.reserved_nano_usd),
    charged: usd(row.charged_nano_usd),
  };
}

export type SpendView = ReturnType<typeof spendView>;
