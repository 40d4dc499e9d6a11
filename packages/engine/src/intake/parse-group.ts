import { nextId, type PlacedRow } from '@reelay/core';
import type { NewJob, NewRejectedRow } from '@reelay/db';
import type { SourceRow } from './file/source-rows.ts';

/** The rows of one checkpoint, judged one by one; whether their custom_ids are free only the database knows. */
export interface ParsedGroup {
  readonly lastRowNo: number;
  readonly good: readonly (NewJob & PlacedRow & Pick<SourceRow, 'cells'>)[];
  readonly rejected: readonly NewRejectedRow[];
  /** Under which the rows gave values, where there is no header line. */
  readonly names: ReadonlySet<string>;
}

export function parseGroup(rows: readonly SourceRow[], firstId: string): ParsedGroup {
  const good: ParsedGroup['good'][number][] = [];
  const rejected: NewRejectedRow[] = [];
  const names = new Set<string>();
  let id = firstId;
  for (const source of rows) {
    const { rowNo, line } = source;
    const outcome = source.parse();
    for (const name of source.names()) names.add(name);
    if (outcome.kind === 'rejected') {
      rejected.push({ rowNo, line, problems: outcome.problems, cells: source.cells() });
      continue;
    }
    good.push({ id, rowNo, line, row: outcome.row, cells: source.cells });
    id = nextId(id);
  }
  return { lastRowNo: rows.at(-1)?.rowNo ?? 0, good, rejected, names };
}
