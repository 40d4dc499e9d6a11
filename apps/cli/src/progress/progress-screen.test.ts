import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import type { BatchView } from '../api-types.ts';
import { makeProgressScreen } from './progress-screen.ts';

const COUNTS = { total: 4, rejected: 0, queued: 4, active: 0, needs_review: 0, succeeded: 0, failed: 0, cancelled: 0 };
const NO_BRAKES = { max_waste: null, wasted: null, pause_if: null, error_rate: null, stopped_by: null };
const plain = (_style: string, line: string) => line;

function batchOf(succeeded: number, status: BatchView['status'] = 'in_progress'): BatchView {
  return {
    ...{
      id: 'batch_1',
      name: null,
      model: 'm',
      status,
      pause_reason: null,
      budget_exhausted: null,
      errors: [],
      file: null,
      created_at: '',
    },
    pilot: null,
    brakes: NO_BRAKES,
    request_counts: { ...COUNTS, succeeded, queued: 4 - succeeded, expired: 0 },
    cost: {
      currency: 'USD',
      estimated: '4',
      worst_case: '12',
      reserved: '0',
      charged: `${succeeded}`,
      billed: null,
      billed_complete: true,
      cap: null,
    },
  };
}

/** What is written off a terminal when these batches are seen at these seconds. */
async function logOf(...seen: [atSeconds: number, batch: BatchView][]): Promise<string[]> {
  const stream = new PassThrough();
  let nowMs = 0;
  const screen = makeProgressScreen({ stream, paint: plain }, () => nowMs);
  for (const [atSeconds, batch] of seen) {
    nowMs = atSeconds * 1000;
    screen.update({ batch, pace: [], elapsedMs: nowMs });
  }
  screen.close();
  stream.end();
  return (await text(stream)).trim().split('\n');
}

test('off a terminal progress is a line every ten seconds, and the last state', async () => {
  const lines = await logOf([0, batchOf(0)], [1, batchOf(1)], [11, batchOf(2)], [12, batchOf(3)]);
  expect(lines.map((line) => line.split(':')[0])).toEqual(['0 s', '11 s', '12 s']);
});

test('a change of status is said at once', async () => {
  const lines = await logOf([0, batchOf(0)], [1, batchOf(0, 'paused')], [2, batchOf(0)]);
  expect(lines).toHaveLength(3);
});

test('what does not change is repeated once a minute', async () => {
  const looks = Array.from({ length: 130 }, (_, second): [number, BatchView] => [second, batchOf(0)]);
  expect(await logOf(...looks)).toHaveLength(3);
});

test('off a terminal nothing steers a cursor', async () => {
  const lines = await logOf([0, batchOf(0)], [20, batchOf(4, 'completed')]);
  expect(lines.join('')).not.toContain(String.fromCharCode(27));
});
