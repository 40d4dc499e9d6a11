import { EXIT, type ExitCode, exitCodeOfStatus } from './exit-codes.ts';

/** One thing that is wrong with what was sent: a place in a file or in a JSON document, and why. */
export interface ProblemDetail {
  readonly pointer?: string | undefined;
  readonly line?: number | null | undefined;
  readonly column?: string | null | undefined;
  readonly code?: string | undefined;
  readonly value?: unknown;
  readonly message: string;
}

/** The part of an `application/problem+json` answer that is shown. */
export interface Problem {
  readonly status: number;
  readonly code: string;
  readonly title: string;
  readonly detail?: string | undefined;
  readonly request_id?: string | undefined;
  readonly errors?: readonly ProblemDetail[] | undefined;
}

/** A failure that the person is told about: what went wrong, what to do next, and the exit code that says so. */
export class CliError extends Error {
  override readonly name = 'CliError';
  readonly exitCode: ExitCode;
  readonly next: string | undefined;
  readonly problem: Problem | undefined;

  constructor(
    message: string,
    options: { exitCode?: ExitCode; next?: string | undefined; problem?: Problem; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.exitCode = options.exitCode ?? EXIT.failure;
    this.next = options.next;
    this.problem = options.problem;
  }
}

export function errorFromProblem(problem: Problem, next?: string): CliError {
  return new CliError(problem.detail ?? problem.title, {
    exitCode: exitCodeOfStatus(problem.status),
    problem,
    next: next ?? nextStepFor(problem),
  });
}

/** Ctrl-C. `note` says what goes on without us. */
export function interrupted(note: string): CliError {
  return new CliError('stopped', { exitCode: EXIT.interrupted, next: note });
}

function nextStepFor({ status, code }: Problem): string | undefined {
  if (status === 401) return 'set REELAY_API_KEY to a valid key, or run "npm start" in the checkout for a local one';
  if (status === 403) return 'use a key that may do this';
  if (status === 404) return 'check the id: "npx reelay batch list" shows the batches of this key\'s project';
  if (status === 413) return 'split the file and import its parts';
  if (status === 429) return 'wait a little and run the command again';
  if (code === 'outcome_unknown')
    return 'look at its attempts with "npx reelay job show ID"; fal may have been paid already';
  if (code === 'idempotency_mismatch') return 'use another --idempotency-key for another file or other options';
  if (status >= 500) return 'run the command again; if it stays, look at the log of the API for the request id';
  return undefined;
}
