import { setTimeout as sleep } from 'node:timers/promises';
import type { BatchView } from '../api-types.ts';
import { CliError, interrupted } from '../cli-error.ts';
import { COMMAND } from '../command-name.ts';
import { EXIT } from '../exit-codes.ts';
import type { ApiClient } from '../http/api-client.ts';
import { isSettled, waitsForPerson } from './batch-state.ts';

export interface WatchOptions {
  readonly signal: AbortSignal;
  readonly pollEveryMs?: number | undefined;
  readonly onBatch: (batch: BatchView) => void;
  /** When to stop looking. Default: nothing more happens by itself. */
  readonly until?: ((batch: BatchView) => boolean) | undefined;
}

const POLL_EVERY_MS = 1_000;

/** Looks at a batch until it has ended, waits for a person, or only open reviews remain. */
export async function watchBatch(client: ApiClient, batchId: string, options: WatchOptions): Promise<BatchView> {
  const until = options.until ?? ((batch) => isSettled(batch) || waitsForPerson(batch));
  try {
    for (;;) {
      const batch = await client.get<BatchView>(`/v1/batches/${encodeURIComponent(batchId)}`);
      options.onBatch(batch);
      if (until(batch)) return batch;
      await sleep(options.pollEveryMs ?? POLL_EVERY_MS, undefined, { signal: options.signal });
    }
  } catch (error) {
    const again = `the batch goes on; watch it again with "${COMMAND} batch watch ${batchId}"`;
    if (options.signal.aborted) throw interrupted(again);
    if (error instanceof CliError && error.exitCode === EXIT.unreachable) {
      throw new CliError(error.message, {
        exitCode: error.exitCode,
        next: `when the API is back: ${again}`,
        cause: error,
      });
    }
    throw error;
  }
}
