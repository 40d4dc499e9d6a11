import { eventually } from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Loop, startLoop } from './loop.ts';

const AN_HOUR_MS = 3_600_000;

let loop: Loop;
let runs: number;
let errors: unknown[];
/** Opens the gate that runs wait at; without a gate they end at once. */
let openGate: () => void;
let gate: Promise<void>;
beforeEach(() => {
  runs = 0;
  errors = [];
  openGate = () => {};
  gate = Promise.resolve();
});
afterEach(() => {
  openGate();
  return loop.stop();
});

function closeGate(): void {
  gate = new Promise((resolve) => {
    openGate = resolve;
  });
}

function start(everyMs: number, run: () => Promise<unknown> = () => gate): void {
  loop = startLoop({
    everyMs,
    run: () => {
      runs += 1;
      return run();
    },
    onError: (error) => errors.push(error),
  });
}

/** Lets everything happen that needs no time to pass. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('a loop', () => {
  it('runs at once, and then on its timer', async () => {
    start(1);

    expect(runs).toBe(1);
    await eventually(() => runs >= 4);
  });

  it('runs when woken, long before its time', async () => {
    start(AN_HOUR_MS);
    await settle();

    loop.wake();

    await eventually(() => runs === 2);
  });

  it('never runs twice at the same time, however often it is woken', async () => {
    let active = 0;
    let most = 0;
    start(1, async () => {
      active += 1;
      most = Math.max(most, active);
      await settle();
      active -= 1;
    });

    await eventually(
      () => {
        for (let i = 0; i < 5; i++) loop.wake();
        return runs >= 50;
      },
      { intervalMs: 1 },
    );

    expect(most).toBe(1);
  });

  it('goes on after a run that failed, and reports it', async () => {
    start(1, async () => {
      if (runs <= 2) throw new Error(`run ${runs} failed`);
    });

    await eventually(() => runs >= 4);
    expect(errors).toEqual([new Error('run 1 failed'), new Error('run 2 failed')]);
  });

  it('waits its time after a failure too, instead of failing as fast as it can', async () => {
    start(AN_HOUR_MS, () => Promise.reject(new Error('the database is gone')));

    for (let i = 0; i < 100; i++) await settle();

    expect([runs, errors.length]).toEqual([1, 1]);
  });
});

describe('wakes', () => {
  it('during a run lead to one more run, however many they were', async () => {
    closeGate();
    start(AN_HOUR_MS);

    for (let i = 0; i < 10; i++) loop.wake();
    expect(runs).toBe(1);
    openGate();

    await eventually(() => runs === 2);
    for (let i = 0; i < 100; i++) await settle();
    expect(runs).toBe(2);
  });

  it('during a pause lead to one run, however many they were', async () => {
    start(AN_HOUR_MS);
    await settle();

    for (let i = 0; i < 10; i++) loop.wake();

    await eventually(() => runs === 2);
    for (let i = 0; i < 100; i++) await settle();
    expect(runs).toBe(2);
  });
});

describe('stopping', () => {
  it('waits for the run in progress', async () => {
    closeGate();
    start(AN_HOUR_MS);
    let stopped = false;

    const stopping = loop.stop().then(() => {
      stopped = true;
    });
    for (let i = 0; i < 100; i++) await settle();
    expect(stopped).toBe(false);
    openGate();

    await stopping;
    expect(runs).toBe(1);
  });

  it('does not wait for the timer', async () => {
    start(AN_HOUR_MS);
    await settle();

    await loop.stop();

    expect(runs).toBe(1);
  });

  it('is final: no wake revives it, not even one during its last run', async () => {
    closeGate();
    start(1);
    const stopping = loop.stop();
    loop.wake();
    openGate();
    await stopping;

    loop.wake();
    for (let i = 0; i < 100; i++) await settle();

    expect(runs).toBe(1);
  });

  it('twice is as good as once, and a failed last run does not make it fail', async () => {
    start(AN_HOUR_MS, () => Promise.reject(new Error('the last run failed')));

    await Promise.all([loop.stop(), loop.stop()]);

    expect(errors).toEqual([new Error('the last run failed')]);
  });
});
