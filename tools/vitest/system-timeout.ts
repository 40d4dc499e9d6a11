// A system test starts real processes and waits for whole batches, which takes minutes where a test elsewhere that
// takes thirty seconds hangs.
import { expect, vi } from 'vitest';

const SYSTEM_TIMEOUT_MS = 240_000;

if (expect.getState().testPath?.includes('/tests/system/')) {
  vi.setConfig({ testTimeout: SYSTEM_TIMEOUT_MS, hookTimeout: SYSTEM_TIMEOUT_MS });
}
