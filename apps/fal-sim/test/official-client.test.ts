import { ApiError, ValidationError } from '@fal-ai/client';
import { describe, expect, it } from 'vitest';
import {
  ENDPOINT,
  eventually,
  falClient,
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  startReceiver,
  startSim,
} from './harness.ts';

describe('the official client', () => {
  it('submits, reads status and result, unmodified but for the host', async () => {
    const sim = await startSim();
    const { queue } = falClient(sim);

    const submitted = await queue.submit(ENDPOINT, { input: inputOf({ seed: 7 }) });
    const running = await queue.status(ENDPOINT, { requestId: submitted.request_id, logs: true });
    sim.advanceClock(LONGEST_RUN_MS);
    const completed = await queue.status(ENDPOINT, { requestId: submitted.request_id });
    const result = await queue.result(ENDPOINT, { requestId: submitted.request_id });

    expect(submitted.status).toBe('IN_QUEUE');
    expect(running).toMatchObject({ status: 'IN_PROGRESS', logs: [{ level: 'INFO' }] });
    expect(completed.status).toBe('COMPLETED');
    expect(result).toMatchObject({ requestId: submitted.request_id, data: { seed: 7, prompt: 'a cat' } });
  });

  it('subscribes by polling', async () => {
    const sim = await startSim({ speed: 2_000 });
    const seen = new Set<string>();

    const result = await falClient(sim).subscribe(ENDPOINT, {
      input: inputOf(),
      pollInterval: 10,
      onQueueUpdate: (update) => seen.add(update.status),
    });

    expect(result.data).toMatchObject({ video: { content_type: 'video/mp4' } });
    expect(seen).toContain('COMPLETED');
  });

  it('subscribes by streaming', async () => {
    const sim = await startSim({ speed: 500 });
    const seen: string[] = [];

    const result = await falClient(sim).subscribe(ENDPOINT, {
      input: inputOf(),
      mode: 'streaming',
      onQueueUpdate: (update) => seen.push(update.status),
    });

    expect(result.data).toMatchObject({ video: { content_type: 'video/mp4' } });
    expect(seen.at(-1)).toBe('COMPLETED');
    expect(seen).toContain('IN_PROGRESS');
  });

  it('ends a status stream when the simulator closes', async () => {
    const sim = await startSim();
    const { queue } = falClient(sim);
    const { request_id: requestId } = await queue.submit(ENDPOINT, { input: inputOf() });
    const stream = await queue.streamStatus(ENDPOINT, { requestId });
    const seen: unknown[] = [];
    stream.on('data', (status) => seen.push(status));
    const ended = stream.done().catch(() => 'broken off');
    await eventually(() => expect(seen).toHaveLength(1));

    await sim.close();

    expect(await ended).toBe('broken off');
  });

  it('cancels, and is refused when the request has finished', async () => {
    const sim = await startSim();
    const { queue } = falClient(sim);
    const { request_id: requestId } = await queue.submit(ENDPOINT, { input: inputOf() });

    await queue.cancel(ENDPOINT, { requestId });
    sim.advanceClock(1_000);
    const again = queue.cancel(ENDPOINT, { requestId });

    await expect(again).rejects.toMatchObject({ status: 400, body: { status: 'ALREADY_COMPLETED' } });
    expect(lineOf(sim, requestId).http_status).toBe(499);
  });

  it('gets a ValidationError with field errors for an invalid input', async () => {
    const sim = await startSim();
    const { queue } = falClient(sim);
    const { request_id: requestId } = await queue.submit(ENDPOINT, { input: inputOf({ resolution: '4k' }) });
    sim.advanceClock(LONGEST_RUN_MS);

    const error: unknown = await queue.result(ENDPOINT, { requestId }).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ValidationError);
    expect((error as ValidationError).getFieldErrors('resolution')).toMatchObject([{ type: 'literal_error' }]);
  });

  it('sees its own start timeout as a user timeout', async () => {
    const sim = await startSim({ concurrency: 1 });
    const { queue } = falClient(sim);
    await queue.submit(ENDPOINT, { input: inputOf({ seed: 1 }) });
    const { request_id: requestId } = await queue.submit(ENDPOINT, { input: inputOf({ seed: 2 }), startTimeout: 5 });
    sim.advanceClock(5_000);

    const error: unknown = await queue.result(ENDPOINT, { requestId }).catch((reason: unknown) => reason);

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: 504, isUserTimeout: true, requestId });
  });

  it('passes its webhook address on', async () => {
    const sim = await startSim();
    const receiver = await startReceiver();

    const { request_id: requestId } = await falClient(sim).queue.submit(ENDPOINT, {
      input: inputOf(),
      webhookUrl: receiver.url,
    });
    sim.advanceClock(LONGEST_RUN_MS);

    expect(await receiver.waitFor(1)).toMatchObject([{ path: '/hooks/fal?t=1', json: { request_id: requestId } }]);
  });
});
