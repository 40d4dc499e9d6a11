/** Whether what was read of a file may start: null, or why not. */
import type { ImportTotals } from '@reelay/db';
import { type FileProblem, fileProblem } from './file/file-problem.ts';

export const NO_GOOD_ROWS = fileProblem(
  'no_valid_rows',
  'None of the rows is valid, so nothing was started. Each rejected row says what is wrong with it; correct them (errors.csv holds them all) and send them again.',
);

const NO_ROWS = fileProblem('no_rows', 'The file has no rows. Add at least one below the header line.');

export function judgeImport(mode: 'best_effort' | 'strict', { jobs, rejected }: ImportTotals): FileProblem | null {
  if (jobs + rejected === 0) return NO_ROWS;
  if (jobs === 0) return NO_GOOD_ROWS;
  if (mode === 'best_effort' || rejected === 0) return null;
  return fileProblem(
    'rejected_rows',
    `${rejected} of ${jobs + rejected} rows are not valid and the batch is strict, so nothing was started. Correct them (errors.csv holds them) and send the whole file again, or send it with mode=best_effort.`,
  );
}
