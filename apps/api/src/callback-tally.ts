/**
 * What became of fal's callbacks since the process started. Refusals are said in the log at most once a minute for each
 * reason, so that a flood of forgeries fills neither the log nor a disk; the counts stay exact.
 */
import type { Context } from '@reelay/engine';

const SAY_EVERY_MS = 60_000;

export type CallbackOutcome = 'stored' | 'stale' | 'duplicate' | 'surplus' | 'unknown_attempt' | 'unverifiable';

export interface CallbackTally {
  count(outcome: CallbackOutcome): void;
  /** `reason` is one of a closed set; `fields` must hold nothing that the caller made up. */
  refuse(reason: string, fields?: { readonly attemptId?: string }): void;
  /** By outcome, and `forged.<reason>`. */
  counts(): Readonly<Record<string, number>>;
}

export function makeCallbackTally({ log, monotonicMs }: Pick<Context, 'log' | 'monotonicMs'>): CallbackTally {
  const counts = new Map<string, number>();
  const saidAtMs = new Map<string, number>();
  const add = (name: string) => {
    const sum = (counts.get(name) ?? 0) + 1;
    counts.set(name, sum);
    return sum;
  };
  return {
    count: (outcome) => {
      add(outcome);
    },
    refuse: (reason, fields = {}) => {
      const refused = add(`forged.${reason}`);
      const nowMs = monotonicMs();
      const saidMs = saidAtMs.get(reason);
      if (saidMs !== undefined && nowMs - saidMs < SAY_EVERY_MS) return;
      saidAtMs.set(reason, nowMs);
      log.warn({ ...fields, reason, refused }, 'callback refused');
    },
    counts: () => Object.fromEntries(counts),
  };
}
