/**
 * Whose request a listed input is, when the attempt that sent it was forgotten with a restored database: the job's input
 * is the same but for the seed, and the seed is the user's own or the one that the job's n-th attempt would derive.
 */
export interface Remembered {
  readonly jobId: string;
  /** Attempts that the database remembers. */
  readonly attempts: number;
  readonly userSeed: number | null;
}

export interface Recognised {
  readonly jobId: string;
  /** Which attempt of the job it was; null when the user's seed makes all of them look alike. */
  readonly n: number | null;
}

/** A backup is rarely older than this many attempts of one job. */
const FORGOTTEN_ATTEMPTS_MAX = 20;

/** `deriveSeed` is given, because hashing is not core's. */
export function recognise(
  seed: unknown,
  candidates: readonly Remembered[],
  deriveSeed: (jobId: string, n: number) => number,
): Recognised | null {
  for (const { jobId, attempts, userSeed } of candidates) {
    if (userSeed !== null) {
      if (userSeed === seed) return { jobId, n: null };
      continue;
    }
    for (let n = 1; n <= attempts + FORGOTTEN_ATTEMPTS_MAX; n++) {
      if (deriveSeed(jobId, n) === seed) return { jobId, n };
    }
  }
  return null;
}
