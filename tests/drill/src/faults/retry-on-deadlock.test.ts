import { expect, it } from 'vitest';
import { retryOnDeadlock } from './retry-on-deadlock.ts';

/** As Prisma words it. */
const DEADLOCK = 'Raw query failed. Code: `40P01`. Message: `deadlock detected`';

function failing(times: number, message: string) {
  let tries = 0;
  const work = async () => {
    tries++;
    if (tries <= times) throw new Error(message);
  };
  return { work, tries: () => tries };
}

it('a strike that PostgreSQL chose as the victim of a deadlock is struck again', async () => {
  expect(await retryOnDeadlock(failing(0, DEADLOCK).work)).toBe(1);
  expect(await retryOnDeadlock(failing(2, DEADLOCK).work)).toBe(3);
});

it('a strike that is always the victim ends', async () => {
  const { work, tries } = failing(Number.POSITIVE_INFINITY, DEADLOCK);
  await expect(retryOnDeadlock(work)).rejects.toThrow('deadlock');
  expect(tries()).toBe(5);
});

it('another failure is told at once', async () => {
  const { work, tries } = failing(1, 'Raw query failed. Code: `55P03`');
  await expect(retryOnDeadlock(work)).rejects.toThrow('55P03');
  expect(tries()).toBe(1);
});
