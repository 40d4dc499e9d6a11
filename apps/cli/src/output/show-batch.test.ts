import { expect, test } from 'vitest';
import type { BatchView } from '../api-types.ts';
import { makePaint } from './paint.ts';
import { batchText } from './show-batch.ts';

function shown(errorRate: number | null): string {
  const brakes = { max_waste: null, wasted: null, pause_if: { error_rate: 0.5, window: 20 }, error_rate: errorRate };
  const batch = {
    ...{
      id: 'batch_1',
      name: null,
      model: 'm',
      created_at: 't',
      pause_reason: null,
      status: 'in_progress',
      file: null,
      pilot: null,
      request_counts: { total: 1 },
    },
    cost: { estimated: '1', worst_case: null, reserved: '0', charged: '0', billed: null, cap: null },
    brakes: { ...brakes, stopped_by: null },
  } as unknown as BatchView;
  return batchText(batch, makePaint({ isTTY: false }, false));
}

test('a brake says what share failed only when a job has ended', () => {
  expect(shown(0.25)).toContain('25 % of the last 20 failed, at most 50 %');
  expect(shown(null)).toContain('no job has ended yet, at most 50 %');
});
