/** The rows of one checkpoint, parsed one by one as they are written, so that what was parsed need not be kept. */
import { claimCustomIds, nextId } from '@reelay/core';
import type { NewJob, NewRejectedRow } from '@reelay/db';
import type { SourceRow } from './file/source-rows.ts';

export interface SortedRows {
  /** To be read once, and to its end. */
  readonly jobs: Iterable<NewJob>;
  /** Complete when `jobs` has been read. */
  readonly rejected: readonly NewRejectedRow[];
  /** Under which the rows gave values, where there is no header line; complete when `jobs` has been read. */
  readonly names: ReadonlySet<string>;
}

export function sortRows(
  rows: readonly SourceRow[],
  firstId: string,
  takenLines: ReadonlyMap<string, number>,
): SortedRows {
  const rejected: NewRejectedRow[] = [];
  const names = new Set<string>();
  return { jobs: readJobs(), rejected, names };

  function* readJobs(): Generator<NewJob> {
    const claim = claimCustomIds(takenLines);
    let id = firstId;
    for (const source of rows) {
      const { rowNo, line } = source;
      const outcome = source.parse();
      for (const name of source.names()) names.add(name);
      const problems = outcome.kind === 'rejected' ? outcome.problems : claim(outcome.row.customId, line);
      if (outcome.kind === 'rejected' || problems.length > 0) {
        rejected.push({ rowNo, line, problems, cells: source.cells() });
        continue;
      }
      yield { id, rowNo, line, row: outcome.row };
      id = nextId(id);
    }
  }
}
