/**
 * A process gives back what it opened in reverse order: doors close before what stands behind them. Each step runs even
 * if an earlier one failed, the first error is kept, and a deadline ends the wait for a step that hangs.
 */
export interface Shutdown {
  /** What was added last is released first. */
  add(name: string, release: () => Promise<void> | void): void;
  /** Runs once; later calls get the same promise. Rejects with the first error. */
  run(): Promise<void>;
}

const DEFAULT_DEADLINE_MS = 20_000;

export class ShutdownTimeout extends Error {
  override readonly name = 'ShutdownTimeout';
}

export function createShutdown(deadlineMs = DEFAULT_DEADLINE_MS): Shutdown {
  const steps: { name: string; release: () => Promise<void> | void }[] = [];
  let running: Promise<void> | undefined;
  return {
    add: (name, release) => {
      steps.push({ name, release });
    },
    run: () => {
      running ??= releaseAll(steps, deadlineMs);
      return running;
    },
  };
}

async function releaseAll(
  steps: readonly { name: string; release: () => Promise<void> | void }[],
  deadlineMs: number,
): Promise<void> {
  const endsAtMs = performance.now() + deadlineMs;
  const errors: unknown[] = [];
  for (const { name, release } of steps.toReversed()) {
    try {
      await within(endsAtMs - performance.now(), name, release);
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}

async function within(leftMs: number, name: string, release: () => Promise<void> | void): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new ShutdownTimeout(`closing ${name} took too long`)), Math.max(0, leftMs));
  });
  try {
    await Promise.race([(async () => release())(), deadline]);
  } finally {
    clearTimeout(timer);
  }
}
