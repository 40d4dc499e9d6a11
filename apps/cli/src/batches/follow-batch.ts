import type { BatchView } from '../api-types.ts';
import { addSample, type Pace } from '../progress/pace.ts';
import { makeProgressScreen } from '../progress/progress-screen.ts';
import type { Session } from '../session.ts';
import { openJobs } from './batch-state.ts';
import { type WatchOptions, watchBatch } from './watch-batch.ts';

export type FollowOptions = Pick<WatchOptions, 'pollEveryMs' | 'until'>;

/** Watches a batch and shows its progress: on the terminal, as plain lines, or as NDJSON with --json. */
export async function followBatch(session: Session, batchId: string, options: FollowOptions = {}): Promise<BatchView> {
  const startedAtMs = Date.now();
  const screen = session.json ? null : makeProgressScreen({ stream: session.io.stdout, paint: session.paint });
  let pace: Pace = [];
  let written = '';
  const onBatch = (batch: BatchView) => {
    const atMs = Date.now();
    pace = addSample(pace, { atMs, open: openJobs(batch.request_counts) });
    screen?.update({ batch, pace, elapsedMs: atMs - startedAtMs });
    const text = JSON.stringify(batch);
    if (text !== written) session.document(batch);
    written = text;
  };
  try {
    return await watchBatch(session.client, batchId, { ...options, signal: session.io.signal, onBatch });
  } finally {
    screen?.close();
  }
}
