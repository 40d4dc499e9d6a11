import type { BatchView } from './api-types.ts';

/** What a script can tell from the exit code. Documented in --help and in the README. */
export const EXIT = {
  ok: 0,
  failure: 1,
  badInput: 2,
  needsReview: 3,
  unfinishedRows: 4,
  notFound: 5,
  unreachable: 6,
  interrupted: 130,
} as const;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_CODE_HELP = `Exit codes:
  0    done
  1    the command failed
  2    wrong usage or bad input: the API or the disk refused the file or an option
  3    jobs wait for a person's review
  4    the batch ended, but rows were rejected or jobs failed, expired or were cancelled
  5    not found
  6    the API cannot be reached
  130  stopped with Ctrl-C; a batch that was started goes on`;

const BAD_INPUT_STATUSES = [400, 413, 415, 422];

export function exitCodeOfStatus(status: number): ExitCode {
  if (status === 404) return EXIT.notFound;
  return BAD_INPUT_STATUSES.includes(status) ? EXIT.badInput : EXIT.failure;
}

/** A file that is refused as a whole is bad input; after that open reviews outrank failures, as they need a person. */
export function exitCodeOfBatch(batch: Pick<BatchView, 'status' | 'request_counts'>): ExitCode {
  const { needs_review, rejected, failed, cancelled, expired } = batch.request_counts;
  if (batch.status === 'failed') return EXIT.badInput;
  if (needs_review > 0) return EXIT.needsReview;
  return rejected + failed + cancelled + expired > 0 ? EXIT.unfinishedRows : EXIT.ok;
}
