import { expect, it } from 'vitest';
import { eventually } from './eventually.ts';

it('returns what the check returns once it stops throwing', async () => {
  let calls = 0;
  const check = () => {
    calls += 1;
    if (calls < 3) throw new Error('not yet');
    return calls;
  };

  await expect(eventually(check, { intervalMs: 1 })).resolves.toBe(3);
});

it('waits while the check returns false', async () => {
  const answers = [false, false, 'done'];

  await expect(eventually(() => answers.shift(), { intervalMs: 1 })).resolves.toBe('done');
});

it("throws the check's own last error when time runs out", async () => {
  const check = () => {
    throw new Error('three jobs are still active');
  };

  await expect(eventually(check, { timeoutMs: 5, intervalMs: 1 })).rejects.toThrow('three jobs are still active');
});
