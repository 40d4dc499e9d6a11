import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { appendFile, readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import type { SimOptions } from '../src/index.ts';
import {
  inputOf,
  LONGEST_RUN_MS,
  lineOf,
  makeStateDir,
  post,
  read,
  startReceiver,
  startSim,
  statusOf,
  submit,
} from './harness.ts';

describe('a ledger line', () => {
  it('names the input by the hash of its bytes, the seed, the tags and the webhook address', async () => {
    const sim = await startSim();
    const body = '{ "video_url":"https://clips.example/a.mp4",  "prompt":"é", "seed": 77 }';
    const headers = { 'x-fal-tags': 'job=j1, attempt=a.1=x,Bad Key=1,fal.own=2,empty=,ok_2=v' };
    const requestId = await submit(sim, body, { query: '?fal_webhook=http%3A%2F%2Fx.test%2Fh%3Ft%3D1', headers });

    const ledger = await (await fetch(`${sim.url}/_sim/ledger`)).text();

    expect(JSON.parse(ledger)).toMatchObject({
      sequence: 1,
      request_id: requestId,
      endpoint: 'fal-ai/wan/v2.2-a14b/video-to-video',
      accepted_at: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      input_sha256: createHash('sha256').update(body).digest('hex'),
      seed: 77,
      tags: { job: 'j1', attempt: 'a.1=x', ok_2: 'v' },
      webhook_url: 'http://x.test/h?t=1',
      finished_at: null,
      told_at: null,
      http_status: null,
      billed_nano_usd: 0,
    });
  });

  it('exists once for each of many concurrent submits', async () => {
    const sim = await startSim({ stateDir: await makeStateDir() });

    const ids = await Promise.all(Array.from({ length: 200 }, (_, seed) => submit(sim, inputOf({ seed }))));

    const ledger = sim.ledger();
    expect(new Set(ledger.map((line) => line.request_id))).toEqual(new Set(ids));
    expect(ledger.map((line) => line.sequence)).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
  });

  it('is in the file before the submit is answered', async () => {
    const stateDir = await makeStateDir();
    const sim = await startSim({ stateDir });

    const requestId = await submit(sim);
    const file = await readFile(path.join(stateDir, 'ledger.ndjson'), 'utf8');

    expect(file).toContain(`"id":"${requestId}"`);
  });

  it('says in the file that an outcome was told before it is, however much else there is to write', async () => {
    const stateDir = await makeStateDir();
    const sim = await startSim({ stateDir });
    const ids = await Promise.all(Array.from({ length: 30 }, (_, seed) => submit(sim, inputOf({ seed }))));
    sim.advanceClock(LONGEST_RUN_MS);

    const others = Array.from({ length: 100 }, (_, seed) => submit(sim, inputOf({ seed: 1_000 + seed })));
    const files = await Promise.all(
      ids.map(async (id) => {
        await read(sim, id);
        return readFileSync(path.join(stateDir, 'ledger.ndjson'), 'utf8');
      }),
    );

    expect(ids.filter((id, i) => !files[i]?.includes(`{"event":"told","id":"${id}"`))).toEqual([]);
    await Promise.all(others);
  });
});

describe('a restart', () => {
  it('keeps every line, the bill, the lock, the keys and the count of submits seen', async () => {
    const options: SimOptions = { stateDir: await makeStateDir() };
    const first = await startSim(options);
    const finished = await submit(first, inputOf({ seed: 1 }));
    await post(first, inputOf(), { headers: { authorization: '' } });
    first.advanceClock(LONGEST_RUN_MS);
    await read(first, finished);
    first.rotateKeys();
    first.lock();
    const [ledger, summary] = [first.ledger(), first.summary()];
    const keys = await (await fetch(first.jwksUrl)).json();
    await first.close();

    const second = await startSim(options);

    expect(second.ledger()).toEqual(ledger);
    expect(second.summary()).toEqual({ ...summary, max_in_progress: 0 });
    expect(await (await fetch(second.jwksUrl)).json()).toEqual(keys);
    expect((await read(second, finished)).status).toBe(200);
  });

  it('finishes what was running and what was queued, with new acceptances behind them', async () => {
    const options: SimOptions = { stateDir: await makeStateDir(), concurrency: 1 };
    const first = await startSim(options);
    const running = await submit(first, inputOf({ seed: 1 }), { headers: { 'x-fal-request-start-timeout': '5' } });
    const queued = await submit(first, inputOf({ seed: 2 }));
    await first.close();

    const second = await startSim(options);
    const later = await submit(second, inputOf({ seed: 3 }));
    const states = await Promise.all([running, queued, later].map((id) => statusOf(second, id)));
    second.advanceClock(3 * LONGEST_RUN_MS);

    expect(states).toEqual(['IN_PROGRESS', 'IN_QUEUE', 'IN_QUEUE']);
    expect(second.summary()).toMatchObject({ accepted: 3, completed: 3 });
    expect(lineOf(second, later).sequence).toBe(3);
  });

  it('goes on trying a callback that nobody had answered', async () => {
    const options: SimOptions = { stateDir: await makeStateDir() };
    const receiver = await startReceiver((nth) => (nth === 0 ? 500 : 200));
    const first = await startSim(options);
    const requestId = await submit(first, inputOf(), receiver);
    first.advanceClock(LONGEST_RUN_MS);
    await receiver.waitFor(1);
    await first.close();

    await startSim(options);

    expect(await receiver.waitFor(2)).toMatchObject([{}, { json: { request_id: requestId, status: 'OK' } }]);
  });

  it('does not prolong the life of a result', async () => {
    const options: SimOptions = { stateDir: await makeStateDir() };
    const first = await startSim(options);
    const requestId = await submit(first);
    first.advanceClock(LONGEST_RUN_MS);
    first.advanceClock(3_200_000);
    await first.close();

    const second = await startSim(options);
    const before = await read(second, requestId);
    second.advanceClock(400_000);
    const after = await read(second, requestId);

    expect([before.status, after.status]).toEqual([200, 404]);
  });

  it('drops a line that a crash cut short, and nothing else', async () => {
    const stateDir = await makeStateDir();
    const first = await startSim({ stateDir });
    const requestId = await submit(first);
    await first.close();
    await appendFile(path.join(stateDir, 'ledger.ndjson'), '{"event":"accepted","request":{"id":"cut');

    const second = await startSim({ stateDir });
    const next = await submit(second, inputOf({ seed: 2 }));
    await second.close();
    const third = await startSim({ stateDir });

    expect(third.ledger().map((line) => line.request_id)).toEqual([requestId, next]);
  });

  it('refuses a file that is damaged in the middle and says where', async () => {
    const stateDir = await makeStateDir();
    await appendFile(path.join(stateDir, 'ledger.ndjson'), '{"event":"seen"}\nnonsense\n{"event":"seen"}\n');

    await expect(startSim({ stateDir })).rejects.toThrow(/ledger\.ndjson, line 2 is not a ledger line/);
  });
});
