import { expect, it, onTestFinished } from 'vitest';
import { SimClock } from './clock.ts';

/** A clock so slow that only `advance` moves it. */
function makeClock(): SimClock {
  const clock = new SimClock(1e-9);
  onTestFinished(() => clock.stop());
  return clock;
}

it('runs what is due in the order it is due, each at its own moment', () => {
  const clock = makeClock();
  const ran: [string, number][] = [];
  const startMs = clock.nowMs();
  const note = (name: string) => () => ran.push([name, Math.round(clock.nowMs() - startMs)]);
  clock.schedule(300, note('c'));
  clock.schedule(100, note('a'));
  clock.schedule(200, note('b'));

  clock.advance(250);

  expect(ran).toEqual([
    ['a', 100],
    ['b', 200],
  ]);
});

it('runs a chain of tasks without drift within one advance', () => {
  const clock = makeClock();
  let ticks = 0;
  const tick = () => {
    ticks += 1;
    clock.schedule(100, tick);
  };
  clock.schedule(100, tick);

  clock.advance(1_050);

  expect(ticks).toBe(10);
});

it('does not run a cancelled task', () => {
  const clock = makeClock();
  let hasRun = false;
  const cancel = clock.schedule(10, () => {
    hasRun = true;
  });

  cancel();
  clock.advance(20);

  expect(hasRun).toBe(false);
});

it('runs nothing after it was stopped', () => {
  const clock = makeClock();
  let hasRun = false;
  clock.schedule(10, () => {
    hasRun = true;
  });

  clock.stop();
  clock.advance(20);

  expect(hasRun).toBe(false);
});

it('lets real time pass faster by its speed', async () => {
  const clock = new SimClock(1_000_000);
  onTestFinished(() => clock.stop());
  const startMs = clock.nowMs();

  const endMs = await new Promise<number>((resolve) => {
    clock.schedule(3_600_000, () => resolve(clock.nowMs()));
  });

  expect(endMs - startMs).toBeGreaterThanOrEqual(3_600_000);
});

it('goes on from where an earlier clock stopped', () => {
  const clock = new SimClock(1e-9, 5_000);
  onTestFinished(() => clock.stop());

  expect(Math.round(clock.nowMs())).toBe(5_000);
});
