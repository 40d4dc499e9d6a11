import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { type CliIo, EXIT, runCli } from '@reelay/cli';
import { expect, test } from 'vitest';
import type { Stack } from '../src/index.ts';
import { useStackPlace } from './with-stack.ts';

const place = useStackPlace();

function ioOf(stack: Stack): CliIo {
  const nowhere = () => new PassThrough().resume();
  const config = { ...stack, colours: false };
  return { stdout: nowhere(), stderr: nowhere(), config, cwd: place.folder, signal: new AbortController().signal };
}

test('a stack that is started again finds its key, its batches and its provider as they were', async () => {
  await writeFile(path.join(place.folder, 'a.csv'), 'video_url,prompt\nhttps://x.example/a.mp4,rain\n');
  const first = await place.start();
  expect(await runCli(['import', 'a.csv', '--watch'], ioOf(first))).toBe(EXIT.ok);
  const paid = first.sim?.summary().billed_nano_usd;
  await first.close();

  const second = await place.start();
  const answer = await fetch(`${second.apiUrl}/v1/batches`, { headers: { authorization: `Bearer ${first.apiKey}` } });
  expect(await answer.json()).toMatchObject({ data: [{ name: 'a.csv', request_counts: { succeeded: 1 } }] });
  expect(second.sim?.summary()).toMatchObject({ accepted: 1, billed_nano_usd: paid });
  await second.close();
});

test('a second stack on the same data is refused and the first goes on', async () => {
  const stack = await place.start();
  await expect(place.start()).rejects.toThrow(/already runs/);
  expect((await fetch(`${stack.apiUrl}/readyz`)).status).toBe(200);
  await stack.close();
});

test('a start that fails half way leaves the way free for the next', async () => {
  const faults = { 'webhook.loose': 1 } as object;
  const broken = place.start({ provider: { speed: 1, seed: 1, concurrency: 1, faults } });
  await expect(broken).rejects.toThrow(/Unknown fault "webhook.loose"/);
  const stack = await place.start();
  await stack.close();
});

test('a real provider without a budget is never asked for anything', async () => {
  await writeFile(path.join(place.folder, 'b.csv'), 'video_url,prompt\nhttps://x.example/a.mp4,rain\n');
  const nobody = 'http://127.0.0.1:9';
  const provider = {
    credentials: 'id:secret',
    queueUrl: nobody,
    jwksUrl: nobody,
    platformUrl: nobody,
    webhookUserId: undefined,
  };
  const stack = await place.start({ provider, budgetNanoUsd: 0n, publicUrl: null });
  expect(await runCli(['import', 'b.csv'], ioOf(stack))).toBe(EXIT.ok);

  const rowsOf = async (sql: string) => (await stack.db.pool.query(sql)).rows;
  await expect
    .poll(() => rowsOf('SELECT reason FROM batch_pauses'), { timeout: 10_000 })
    .toEqual([{ reason: 'budget' }]);
  expect(await rowsOf("SELECT 1 FROM attempts WHERE state <> 'succeeded'")).toEqual([]);
  await stack.close();
});
