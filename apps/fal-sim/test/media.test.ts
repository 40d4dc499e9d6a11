import { describe, expect, it } from 'vitest';
import { type FalSim, type SimOptions, sampleMp4 } from '../src/index.ts';
import { LONGEST_RUN_MS, lineOf, read, readJson, startSim, submit } from './harness.ts';

async function startWithOutput(options: SimOptions): Promise<{ sim: FalSim; requestId: string; url: string }> {
  const sim = await startSim(options);
  const requestId = await submit(sim);
  sim.advanceClock(LONGEST_RUN_MS);
  const { video } = (await readJson(read(sim, requestId))) as { video: { url: string } };
  return { sim, requestId, url: video.url };
}

describe('the output', () => {
  it('is a clip of the size the result names', async () => {
    const { url } = await startWithOutput({});

    const file = await fetch(url);

    expect(Buffer.from(await file.arrayBuffer()).equals(sampleMp4)).toBe(true);
  });

  it('media.404 is never there for a request that was billed', async () => {
    const { sim, requestId, url } = await startWithOutput({ faults: { 'media.404': 1 } });

    const statuses = [(await fetch(url)).status, (await fetch(url, { method: 'HEAD' })).status];

    expect(statuses).toEqual([404, 404]);
    expect(lineOf(sim, requestId).billed_nano_usd).toBe(85_000_000);
  });

  it('media.truncated breaks off after half of the bytes it promised, and draws anew each time', async () => {
    const { url } = await startWithOutput({ faults: { 'media.truncated': 0.5 } });
    const download = async () => {
      const answer = await fetch(url);
      expect(answer.headers.get('content-length')).toBe(String(sampleMp4.length));
      return answer.arrayBuffer().then(
        (bytes) => bytes.byteLength,
        () => 'broken',
      );
    };

    const outcomes = new Set<unknown>();
    for (let nth = 0; nth < 30; nth += 1) outcomes.add(await download());

    expect(outcomes).toEqual(new Set([sampleMp4.length, 'broken']));
  });
});
