/** What the API shows, in the API's own words. Money is text here, because from here on nobody calculates with it. */
import { formatUsd } from '@reelay/core';

export const usd = (amount: bigint): string => formatUsd(amount);

/** Unknown stays unknown: null is never shown as zero. */
export const maybeUsd = (amount: bigint | null): string | null => (amount === null ? null : formatUsd(amount));

export const time = (moment: Date): string => moment.toISOString();
export const maybeTime = (moment: Date | null): string | null => moment?.toISOString() ?? null;

export const maybeNumber = (count: bigint | null): number | null => (count === null ? null : Number(count));

/** Columns of type jsonb that only ever hold objects. */
export function record(json: unknown): Record<string, unknown> {
  return typeof json === 'object' && json !== null && !Array.isArray(json) ? (json as Record<string, unknown>) : {};
}

export const maybeRecord = (json: unknown): Record<string, unknown> | null => (json === null ? null : record(json));

export interface ListView<Item> {
  readonly object: 'list';
  readonly data: Item[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

export function listView<Row, Item>(
  page: { readonly rows: readonly Row[]; readonly hasMore: boolean },
  toView: (row: Row) => Item,
  keyOf: (row: Row) => string,
): ListView<Item> {
  const first = page.rows[0];
  const last = page.rows.at(-1);
  return {
    object: 'list',
    data: page.rows.map(toView),
    has_more: page.hasMore,
    first_id: first === undefined ? null : keyOf(first),
    last_id: last === undefined ? null : keyOf(last),
  };
}
