import { describe, expect, it } from 'vitest';
import { inputOf, LONGEST_RUN_MS, lineOf, post, read, startSim, submit } from './harness.ts';

describe('the bill of a success', () => {
  it.each([
    [17, '720p', 85_000_000, '1.0625'],
    [81, '720p', 405_000_000, '5.0625'],
    [161, '720p', 805_000_000, '10.0625'],
    [17, '580p', 63_750_000, '0.796875'],
    [81, '580p', 303_750_000, '3.796875'],
    [161, '580p', 603_750_000, '7.546875'],
    [17, '480p', 42_500_000, '0.53125'],
    [81, '480p', 202_500_000, '2.53125'],
    [161, '480p', 402_500_000, '5.03125'],
  ])('for %i frames at %s is %i nano-dollars, %s units', async (num_frames, resolution, billed, units) => {
    const sim = await startSim();
    const requestId = await submit(sim, inputOf({ num_frames, resolution }));
    sim.advanceClock(LONGEST_RUN_MS);

    const result = await read(sim, requestId);

    expect(result.headers.get('x-fal-billable-units')).toBe(units);
    expect(lineOf(sim, requestId)).toMatchObject({ billed_nano_usd: billed, billable_units: units });
    expect(sim.summary().billed_nano_usd).toBe(billed);
  });

  it('is for 81 frames at 720p when the input says neither', async () => {
    const sim = await startSim();
    const requestId = await submit(sim, { video_url: 'https://clips.example/a.mp4', prompt: 'x' });
    sim.advanceClock(LONGEST_RUN_MS);

    expect(lineOf(sim, requestId).billed_nano_usd).toBe(405_000_000);
  });

  it('counts plain seconds with --units plain, at the same price', async () => {
    const sim = await startSim({ units: 'plain' });
    const requestId = await submit(sim, inputOf({ num_frames: 81, resolution: '480p' }));
    sim.advanceClock(LONGEST_RUN_MS);

    expect(lineOf(sim, requestId)).toMatchObject({ billed_nano_usd: 202_500_000, billable_units: '5.0625' });
  });
});

describe('the bill of a failure', () => {
  it('is nothing for a 422 unless the terms say so', async () => {
    const sim = await startSim({ faults: { 'run.content_policy': 1 } });
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);

    const result = await read(sim, requestId);

    expect([result.status, result.headers.get('x-fal-billable-units')]).toEqual([422, '0']);
    expect(lineOf(sim, requestId).billed_nano_usd).toBe(0);
  });

  it('is nothing for an invalid input, whatever the terms', async () => {
    const sim = await startSim({ bill422: 1 });
    const requestId = await submit(sim, inputOf({ num_frames: 16 }));
    sim.advanceClock(LONGEST_RUN_MS);

    expect(lineOf(sim, requestId)).toMatchObject({ http_status: 422, billed_nano_usd: 0, billable_units: '0' });
  });
});

describe('a balance', () => {
  it('locks the account when it is used up, and unlocking tops it up', async () => {
    const sim = await startSim({ balanceUsd: 0.17 });
    await submit(sim, inputOf({ seed: 1 }));
    sim.advanceClock(LONGEST_RUN_MS);
    const afterOne = sim.summary().locked;
    await submit(sim, inputOf({ seed: 2 }));
    sim.advanceClock(LONGEST_RUN_MS);

    const refused = await post(sim, inputOf({ seed: 3 }));
    sim.unlock();
    const accepted = await post(sim, inputOf({ seed: 4 }));
    sim.advanceClock(LONGEST_RUN_MS);

    expect(afterOne).toBe(false);
    expect([refused.status, accepted.status]).toEqual([403, 200]);
    expect(sim.summary()).toMatchObject({ locked: false, billed_nano_usd: 255_000_000 });
  });
});
