/** What is wrong with a file as a whole. Nothing of such a file is ever started. */
export interface FileProblem {
  readonly code: string;
  /** What, where, and what to do. */
  readonly message: string;
  readonly line: number | null;
  readonly column: string | null;
  readonly value: string | null;
}

export function fileProblem(
  code: string,
  message: string,
  place: { readonly line?: number; readonly column?: string | null; readonly value?: string | null } = {},
): FileProblem {
  return { code, message, line: place.line ?? null, column: place.column ?? null, value: place.value ?? null };
}

/** Ends the reading of a file wherever it has got to. An outcome, not a bug: whoever reads the file catches it. */
export class FileFault extends Error {
  override readonly name = 'FileFault';
  readonly problem: FileProblem;
  constructor(problem: FileProblem) {
    super(problem.message);
    this.problem = problem;
  }
}
