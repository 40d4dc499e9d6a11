import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EXIT, runCli } from '@reelay/cli';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Stack } from '../src/index.ts';
import { useStackPlace } from './with-stack.ts';

const place = useStackPlace();
let stack: Stack;
beforeAll(async () => {
  stack = await place.start();
  const row = (n: number) => `clip-${n},https://media.example.com/${n}.mp4,rain,32,480p`;
  const header = 'custom_id,video_url,prompt,num_frames,resolution';
  const file = (name: string, lines: string[]) => writeFile(path.join(place.folder, name), `${lines.join('\n')}\n`);
  await file('good.csv', [header, ...[1, 2, 3, 4, 5].map(row)]);
  await file('mixed.csv', [header, row(1), 'clip-2,not a url,rain,32,480p', row(3), 'clip-4,,rain,9,480p']);
  await file('header.csv', [`${header},Clip`, `${row(1)},x`]);
  await file('mapped.csv', ['Clip;Notes', 'https://media.example.com/1.mp4;mine']);
  await file('rows.ndjson', [
    JSON.stringify({ input: { video_url: 'https://media.example.com/1.mp4', prompt: 'rain' } }),
  ]);
});
afterAll(() => stack.close());

async function reelay(...args: string[]) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const config = { apiUrl: stack.apiUrl, apiKey: stack.apiKey, colours: false };
  const signal = new AbortController().signal;
  const exitCode = await runCli(args, { stdout, stderr, config, cwd: place.folder, signal });
  stdout.end();
  stderr.end();
  return { exitCode, stdout: await text(stdout), stderr: await text(stderr) };
}

/** The one document that a command with --json writes. */
async function document(...args: string[]) {
  const { stdout, exitCode } = await reelay(...args, '--json');
  return { exitCode, value: JSON.parse(stdout) };
}

describe('a good file', () => {
  test('is imported, watched to its end and read back', async () => {
    const { exitCode, stdout } = await reelay('import', 'good.csv', '--watch', '--cap', '5');
    expect(exitCode).toBe(EXIT.ok);
    expect(stdout).toContain('$0.40 estimated');
    const batchId = /batch_\w+/.exec(stdout)?.[0] ?? '';

    const { value } = await document('results', batchId, '-o', 'results.csv');
    expect(value).toMatchObject({ complete: true });
    const lines = (await readFile(path.join(place.folder, 'results.csv'), 'utf8')).trim().split('\n');
    expect(lines).toHaveLength(6);
    expect((await document('batch', 'show', batchId)).value).toMatchObject({
      status: 'completed',
      cost: { charged: '0.4', cap: '5' },
    });
  });

  test('is priced before it is imported, also at another resolution, and no batch is made', async () => {
    const before = (await document('batch', 'list')).value.data.length;

    const estimate = await reelay('estimate', 'good.csv', '--resolution', '720p');
    expect(estimate.stdout).toMatch(/cost\s+\$0\.80\n/);
    expect(estimate).toMatchObject({ exitCode: EXIT.ok, stderr: '' });
    expect((await document('import', 'good.csv', '--dry-run')).value).toMatchObject({ cost: { list: '0.4' } });
    expect((await document('batch', 'list')).value.data).toHaveLength(before);
  });

  test('runs its pilot, says what the rest will cost, and goes on when it is resumed', async () => {
    const { exitCode, stdout } = await reelay('import', 'good.csv', '--watch', '--pilot', '2');
    expect(exitCode).toBe(EXIT.ok);
    expect(stdout).toMatch(/the rest will cost about \$0\.24; release the other rows: .*batch resume/);
    const batchId = /batch_\w+/.exec(stdout)?.[0] ?? '';
    expect((await reelay('batch', 'show', batchId)).stdout).toMatch(/pilot\s+done, 2 of 2 done, \$0\.08 a row/);

    await reelay('batch', 'resume', batchId);
    expect((await reelay('batch', 'watch', batchId)).exitCode).toBe(EXIT.ok);
    expect((await document('batch', 'show', batchId)).value).toMatchObject({ request_counts: { succeeded: 5 } });
  });

  test('waits for a confirmation and says how to give it', async () => {
    const { stdout } = await reelay('import', 'good.csv', '--start', 'confirm');
    expect(stdout).toMatch(
      /it waits for you: \$0\.40 at list price, \$1\.20 at worst\nstart it: .*batch confirm batch_/,
    );
    const batchId = /batch_\w+/.exec(stdout)?.[0] ?? '';

    expect((await document('batch', 'confirm', batchId)).value.status).toBe('in_progress');
  });

  test('is watched as one document for each change', async () => {
    const { stdout } = await reelay('import', 'good.csv', '--watch', '--json');
    const seen = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(seen.at(-1)).toMatchObject({ object: 'batch', status: 'completed', request_counts: { succeeded: 5 } });
  });

  test('sent twice with one key is one batch', async () => {
    const first = await document('import', 'good.csv', '--idempotency-key', 'same');
    const second = await document('import', 'good.csv', '--idempotency-key', 'same');
    expect(second.value.id).toBe(first.value.id);
    const other = await document('import', 'rows.ndjson', '--idempotency-key', 'same');
    expect(other).toMatchObject({ exitCode: EXIT.badInput, value: { error: { code: 'idempotency_mismatch' } } });
  });

  test('that waits for confirmation runs only after it', async () => {
    const { value } = await document('import', 'good.csv', '--start', 'confirm');
    expect(value).toMatchObject({ status: 'awaiting_confirmation', request_counts: { queued: 5 } });
    expect((await reelay('batch', 'confirm', value.id)).exitCode).toBe(EXIT.ok);
    expect((await reelay('batch', 'watch', value.id)).exitCode).toBe(EXIT.ok);
  });

  test('can be mapped and given defaults', async () => {
    const map = ['--map', 'Clip=video_url', '--map', 'Notes='];
    const { exitCode, value } = await document('import', 'mapped.csv', ...map, '--default', 'prompt=rain');
    expect(exitCode).toBe(EXIT.ok);
    expect(value).toMatchObject({ request_counts: { total: 1, rejected: 0 }, file: { delimiter: 'semicolon' } });
  });

  test('can be NDJSON', async () => {
    expect((await document('import', 'rows.ndjson')).value).toMatchObject({
      request_counts: { total: 1, rejected: 0 },
    });
  });
});

describe('a bad file', () => {
  test('with some bad rows runs the others and says which were rejected and why', async () => {
    const { exitCode, stdout } = await reelay('import', 'mixed.csv', '--watch');
    expect(exitCode).toBe(EXIT.unfinishedRows);
    expect(stdout).toContain('2 rows were rejected');
    expect(stdout).toMatch(/line 3, column video_url: .*found "not a url"/);
    const batchId = /batch_\w+/.exec(stdout)?.[0] ?? '';
    await reelay('errors', batchId, '-o', 'errors.csv');
    const errors = await readFile(path.join(place.folder, 'errors.csv'), 'utf8');
    expect(errors.trim().split('\n')).toHaveLength(3);
  });

  test('is refused as a whole in strict mode', async () => {
    const { exitCode, stdout } = await reelay('import', 'mixed.csv', '--mode', 'strict', '--watch');
    expect(exitCode).toBe(EXIT.badInput);
    expect(stdout).toContain('nothing runs');
  });

  test('with a column that is not known is refused before anything is stored', async () => {
    const before = (await document('batch', 'list')).value.data.length;
    const { exitCode, stderr } = await reelay('import', 'header.csv');
    expect(exitCode).toBe(EXIT.badInput);
    expect(stderr).toContain('Clip');
    expect(stderr).toMatch(/request \S+/);
    expect((await document('batch', 'list')).value.data).toHaveLength(before);
  });
});

describe('steering', () => {
  test('a paused batch shows its pause and goes on when resumed', async () => {
    const { value } = await document('import', 'good.csv', '--start', 'confirm');
    await reelay('batch', 'confirm', value.id);
    const paused = await document('batch', 'pause', value.id);
    expect(paused.value).toMatchObject({ status: 'paused', pause_reason: 'user' });
    expect((await document('batch', 'resume', value.id)).value.pauses).toEqual([]);
    expect((await reelay('batch', 'watch', value.id)).exitCode).toBe(EXIT.ok);
  });

  test('a cancelled batch ends with the exit code of unfinished rows', async () => {
    const { value } = await document('import', 'good.csv', '--start', 'confirm');
    expect((await reelay('batch', 'cancel', value.id)).exitCode).toBe(EXIT.ok);
    expect((await reelay('batch', 'watch', value.id)).exitCode).toBe(EXIT.unfinishedRows);
  });

  test('stop-all holds a batch back until start-all', async () => {
    expect((await document('stop-all')).value).toMatchObject({ stopped: true });
    const { value } = await document('import', 'good.csv');
    expect((await document('batch', 'show', value.id)).value.request_counts).toMatchObject({ queued: 5, active: 0 });
    expect((await document('start-all')).value).toMatchObject({ stopped: false });
    expect((await reelay('batch', 'watch', value.id)).exitCode).toBe(EXIT.ok);
  });

  test('a cap can be raised', async () => {
    const { value } = await document('import', 'good.csv', '--start', 'confirm', '--cap', '0.1');
    expect((await document('batch', 'set', value.id, '--cap', '7.5')).value).toMatchObject({ cost: { cap: '7.5' } });
    await reelay('batch', 'cancel', value.id);
  });
});

describe('looking', () => {
  test('a job shows its attempts and what they cost', async () => {
    const list = await document('job', 'list', '--status', 'succeeded', '--limit', '1');
    const { stdout, exitCode } = await reelay('job', 'show', list.value.data[0].id);
    expect(exitCode).toBe(EXIT.ok);
    expect(stdout).toMatch(/att_\w+ +succeeded/);
  });

  test('the models show their prices', async () => {
    const { stdout } = await reelay('models');
    expect(stdout).toContain('fal-ai/wan/v2.2-a14b/video-to-video');
    expect(stdout).toMatch(/480p \$0\.04/);
  });

  test.each([
    ['batch', 'show', 'batch_none'],
    ['job', 'show', 'job_none'],
    ['results', 'batch_none', '-o', 'none.csv'],
  ])('%s %s of what is not there exits with 5', async (...args) => {
    expect((await reelay(...args)).exitCode).toBe(EXIT.notFound);
  });
});
