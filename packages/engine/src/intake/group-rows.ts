import type { SourceRow } from './file/source-rows.ts';
import { CHECKPOINT_ROWS_MAX, CHECKPOINT_TEXT_MAX } from './import-limits.ts';

/** Rows behind `storedRows`, a checkpoint's worth at a time. */
export async function* groupRows(
  rows: AsyncIterable<readonly SourceRow[]>,
  storedRows: number,
): AsyncGenerator<SourceRow[]> {
  let group: SourceRow[] = [];
  let size = 0;
  for await (const some of rows) {
    for (const row of some) {
      if (row.rowNo <= storedRows) continue;
      group.push(row);
      size += row.size;
      if (group.length < CHECKPOINT_ROWS_MAX && size < CHECKPOINT_TEXT_MAX) continue;
      yield group;
      group = [];
      size = 0;
    }
  }
  if (group.length > 0) yield group;
}
