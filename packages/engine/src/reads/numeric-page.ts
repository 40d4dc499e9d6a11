/** Cursors of lists whose keys are numbers. */
import type { Page } from '@reelay/db';

const POSITIVE_BIGINT = /^\d{1,18}$/;

/** Pages whose keys are numbers. */
export function numericPage(page: Page): Page<bigint> | { readonly unknown: 'after' | 'before' } {
  const numeric: { limit: number; after?: bigint; before?: bigint } = { limit: page.limit };
  for (const cursor of ['after', 'before'] as const) {
    const key = page[cursor];
    if (key === undefined) continue;
    if (!POSITIVE_BIGINT.test(key)) return { unknown: cursor };
    numeric[cursor] = BigInt(key);
  }
  return numeric;
}
