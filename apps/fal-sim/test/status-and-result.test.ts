import { describe, expect, it } from 'vitest';
import { AUTHORIZED, ENDPOINT, inputOf, LONGEST_RUN_MS, lineOf, read, readJson, startSim, submit } from './harness.ts';

describe('status', () => {
  it('is 202 while queued and running, 200 when completed', async () => {
    const sim = await startSim({ concurrency: 1 });
    const first = await submit(sim, inputOf({ seed: 1 }));
    const second = await submit(sim, inputOf({ seed: 2 }));
    const third = await submit(sim, inputOf({ seed: 3 }));

    const running = await read(sim, first, '/status');
    const queued = await read(sim, third, '/status');
    sim.advanceClock(3 * LONGEST_RUN_MS);
    const completed = await read(sim, second, '/status');

    expect([running.status, queued.status, completed.status]).toEqual([202, 202, 200]);
    expect(await running.json()).toMatchObject({ status: 'IN_PROGRESS', request_id: first });
    expect(await queued.json()).toMatchObject({ status: 'IN_QUEUE', request_id: third, queue_position: 1 });
    const body = await readJson(completed);
    expect(body).toMatchObject({ status: 'COMPLETED', request_id: second });
    expect((body.metrics as { inference_time: number }).inference_time).toBeGreaterThan(50);
    expect(sim.summary().max_in_progress).toBe(1);
  });

  it.each(['1', 'true', 'True'])('carries logs for ?logs=%s', async (logs) => {
    const sim = await startSim();
    const requestId = await submit(sim);

    const withLogs = await readJson(read(sim, requestId, `/status?logs=${logs}`));
    const without = await readJson(read(sim, requestId, '/status?logs=0'));

    expect(withLogs.logs).toMatchObject([{ level: 'INFO', message: expect.any(String) }]);
    expect(without).not.toHaveProperty('logs');
  });

  it('is 404 for an unknown request and 401 without a key', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);

    const unknown = await read(sim, 'a3b9', '/status');
    const keyless = await fetch(`${sim.url}/fal-ai/wan/requests/${requestId}/status`);
    const otherApplication = await fetch(`${sim.url}/fal-ai/flux/requests/${requestId}/status`, {
      headers: AUTHORIZED,
    });

    expect([unknown.status, keyless.status, otherApplication.status]).toEqual([404, 401, 404]);
    expect(await unknown.json()).toMatchObject({ status: 'NOT_FOUND' });
  });
});

describe('result', () => {
  it('is 400 until the request has finished', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);

    const early = await read(sim, requestId);

    expect(early.status).toBe(400);
    expect(await early.json()).toEqual({ detail: 'Request is still in progress' });
    expect(lineOf(sim, requestId).told_at).toBeNull();
  });

  it('is the bare output, on application-only and full paths, with and without /response', async () => {
    const sim = await startSim();
    const requestId = await submit(sim, inputOf({ seed: 42 }));
    sim.advanceClock(LONGEST_RUN_MS);

    const paths = ['fal-ai/wan', ENDPOINT].flatMap((app) =>
      ['', '/response'].map((end) => `${app}/requests/${requestId}${end}`),
    );
    const answers = await Promise.all(paths.map((path) => fetch(`${sim.url}/${path}`, { headers: AUTHORIZED })));

    expect(answers.map((answer) => answer.status)).toEqual([200, 200, 200, 200]);
    expect(answers[0]?.headers.get('x-fal-request-id')).toBe(requestId);
    expect(answers[0]?.headers.get('x-fal-billable-units')).toBe('1.0625');
    for (const answer of answers) {
      const url = `${sim.url}/files/b/${requestId.slice(0, 8)}/${requestId}.mp4`;
      expect(await answer.json()).toMatchObject({
        video: { url, content_type: 'video/mp4' },
        seed: 42,
        prompt: 'a cat',
      });
    }
  });

  it('names a clip that can be fetched without a key and has the size it says', async () => {
    const sim = await startSim();
    const requestId = await submit(sim);
    sim.advanceClock(LONGEST_RUN_MS);
    const { video } = (await readJson(read(sim, requestId))) as { video: { url: string; file_size: number } };

    const clip = await fetch(video.url);
    const bytes = Buffer.from(await clip.arrayBuffer());
    const other = await fetch(video.url.replaceAll(requestId, 'nobody'));

    expect(clip.headers.get('content-type')).toBe('video/mp4');
    expect(bytes.length).toBe(video.file_size);
    expect(bytes.subarray(4, 8).toString()).toBe('ftyp');
    expect(other.status).toBe(404);
  });

  it('expires after an hour, a large one after six minutes', async () => {
    const sim = await startSim();
    const small = await submit(sim);
    const large = await submit(sim, inputOf({ prompt: 'x'.repeat(12_000) }));
    sim.advanceClock(LONGEST_RUN_MS);

    const fresh = await Promise.all([read(sim, small), read(sim, large)]);
    sim.advanceClock(6 * 60_000);
    const afterSixMinutes = await Promise.all([read(sim, small), read(sim, large)]);
    sim.advanceClock(55 * 60_000);
    const afterAnHour = await read(sim, small);

    expect(fresh.map((answer) => answer.status)).toEqual([200, 200]);
    expect(afterSixMinutes.map((answer) => answer.status)).toEqual([200, 404]);
    expect(afterAnHour.status).toBe(404);
  });
});
