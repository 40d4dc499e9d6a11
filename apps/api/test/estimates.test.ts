import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { batchSchema, estimateSchema } from '@reelay/contract';
import { importRows } from '@reelay/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ask, type Client, type Harness, INPUT, startHarness } from './harness.ts';

const BYTES_MAX = 60_000_000;
const EXAMPLE = path.resolve(import.meta.dirname, '../../../examples/loveu-tgve-2023.csv');
const HEADER = 'custom_id,video_url,prompt,num_frames,resolution,seed,metadata.set\n';

let harness: Harness;
let client: Client;
let example: string;

beforeAll(async () => {
  example = await readFile(EXAMPLE, 'utf8');
  harness = await startHarness({ uploadBytesMax: BYTES_MAX, confirmAboveNanoUsd: 1_000_000_000n });
});
afterAll(() => harness.close());
beforeEach(async () => {
  client = await harness.client();
});

const csv = (raw: string): Ask => ({ method: 'POST', raw, headers: { 'content-type': 'text/csv' } });
const estimate = (raw: string, query = '') => client.post(`/v1/estimates${query}`, estimateSchema, csv(raw));
const estimateRows = (body: object) => client.post('/v1/estimates', estimateSchema, { body });

async function storedRows(): Promise<number> {
  const { prisma } = harness.context.db;
  const where = { where: { project_id: client.projectId } };
  const counts = await Promise.all([
    prisma.batch.count(where),
    prisma.upload.count(where),
    prisma.job.count(where),
    prisma.idempotencyKey.count(where),
  ]);
  return counts.reduce((sum, count) => sum + count, 0);
}

describe('the estimate of the example file', () => {
  it.each([
    ['480p', '46.4'],
    ['580p', '69.6'],
    ['720p', '92.8'],
  ])('at %s is $%s', async (resolution, usd) => {
    const answer = await estimate(example, `?overrides[resolution]=${resolution}`);

    expect(answer.cost.list).toBe(usd);
    expect(answer.by_resolution).toEqual([{ resolution, rows: 304, cost: usd }]);
  });

  it('takes the resolution from the file, or from a default where the column is ignored', async () => {
    expect((await estimate(example)).cost.list).toBe('46.4');
    expect((await estimate(example, '?map[resolution]=&defaults[resolution]=720p')).cost.list).toBe('92.8');
  });

  it('gives the worst case, the tags and what was guessed, and stores nothing', async () => {
    const answer = await estimate(example);

    expect(answer.rows).toEqual({ total: 304, valid: 304, rejected: 0 });
    expect(answer.cost).toMatchObject({ worst_case: '139.2', basis: expect.stringContaining('2026-05-01') });
    expect(answer.by_tag).toContainEqual({ tag: 'edit=style', rows: 76, cost: '11.6' });
    expect(answer.file).toMatchObject({ format: 'csv', delimiter: 'comma' });
    expect(answer.verdict).toMatchObject({ status: 'awaiting_confirmation', message: expect.stringContaining('$1') });
    expect(await storedRows()).toBe(0);
  });
});

describe('a row', () => {
  it.each([
    [17, '0.085'],
    [161, '0.805'],
  ])('with %i frames at 720p costs $%s', async (num_frames, usd) => {
    const answer = await estimateRows({ rows: [{ input: { ...INPUT, num_frames, resolution: '720p' } }] });

    expect(answer.cost.list).toBe(usd);
    expect(answer.verdict).toEqual({ status: 'in_progress', message: null });
  });

  it('whose price is not documented is shown as not known', async () => {
    const [unknown] = (await estimateRows({ rows: [{ input: { ...INPUT, num_interpolated_frames: 4 } }] })).unknowns;

    expect(unknown).toMatchObject({ field: 'num_interpolated_frames', rows: 1, list: '0.2025', cost: null });
  });

  it('that is bad is rejected with its place, and costs nothing', async () => {
    const bad = `${HEADER}a,https://a.example/1.mp4,p,32,480p,,x\na,https://a.example/2.mp4,p,32,480p,,x\nb,nowhere,p,32,480p,,x\n`;
    const answer = await estimate(bad);

    expect(answer.rows).toEqual({ total: 3, valid: 1, rejected: 2 });
    expect(answer.errors).toMatchObject([
      { line: 3, column: 'custom_id', code: 'duplicate_custom_id' },
      { line: 4, column: 'video_url' },
    ]);
    expect((await estimate(bad, '?mode=strict')).verdict.status).toBe('failed');
  });
});

describe('rows that repeat each other', () => {
  it('are duplicates with a seed, and the same input without one', async () => {
    const row = (id: string, seed: string) => `${id},https://a.example/1.mp4,p,32,480p,${seed},x\n`;
    const answer = await estimate(HEADER + row('a', '7') + row('b', '7') + row('c', '8') + row('d', '') + row('e', ''));

    expect(answer.duplicates).toEqual({ groups: 1, rows: 1, cost: '0.08', first: [{ lines: [2, 3] }] });
    expect(answer.same_input).toEqual({ groups: 1, rows: 1, cost: '0.08', first: [{ lines: [5, 6] }] });
  });
});

describe('what an estimate refuses', () => {
  it.each([
    ['an override of no field', '?overrides[colour]=red', '/overrides/colour'],
    ['an override that is out of range', '?overrides[num_frames]=500', '/overrides/num_frames'],
  ])('%s', async (_, query, pointer) => {
    const { errors } = await client.refused(`/v1/estimates${query}`, 'validation_failed', csv(example));

    expect(errors).toMatchObject([{ pointer }]);
  });

  it('options in the query beside rows in the body, an empty body and another type', async () => {
    const rows = { method: 'POST', body: { rows: [{ input: INPUT }] } };
    const json = { 'content-type': 'application/json' };

    await client.refused('/v1/estimates?defaults[resolution]=720p', 'validation_failed', rows);
    await client.refused('/v1/estimates', 'validation_failed', { method: 'POST', headers: json });
    await client.refused('/v1/estimates', 'unsupported_media_type', {
      ...csv('x'),
      headers: { 'content-type': 'a/b' },
    });
    await client.refused('/v1/estimates', 'validation_failed', { method: 'POST', body: { rows: [], colour: 1 } });
  });

  it('a file that is broken half-way', async () => {
    const { errors } = await client.refused('/v1/estimates', 'invalid_file', csv(`${example}"never closed`));

    expect(errors).toMatchObject([{ code: 'unclosed_quote', line: 306 }]);
  });
});

describe('dry_run', () => {
  it('of an import answers with the estimate, stores nothing and uses no key up', async () => {
    const headers = { 'content-type': 'text/csv', 'idempotency-key': 'once' };
    const dry = await client.post('/v1/imports?dry_run=true', estimateSchema, { ...csv(example), headers });

    expect(dry.cost.list).toBe('46.4');
    expect(await storedRows()).toBe(0);
    await client.post('/v1/imports', batchSchema, { ...csv(example), headers, status: 202 });
  });

  it('of inline rows does the same', async () => {
    const body = { rows: [{ input: INPUT }], defaults: { num_frames: 17 } };
    const ask = { method: 'POST', body: { ...body, dry_run: true }, headers: { 'idempotency-key': 'twice' } };
    const dry = await client.post('/v1/batches', estimateSchema, ask);

    expect(dry.cost.list).toBe('0.2025');
    expect(await storedRows()).toBe(0);
    await client.post('/v1/batches', batchSchema, { ...ask, body, status: 202 });
  });
});

describe('a batch whose list price is above what the deployment allows', () => {
  const dear = { rows: Array.from({ length: 5 }, () => ({ input: INPUT })) };

  it('waits with its estimate when nobody said how it starts', async () => {
    const batch = await client.post('/v1/batches', batchSchema, { body: dear, status: 202 });

    expect(batch).toMatchObject({ status: 'awaiting_confirmation', start: 'auto', confirm_above: '1' });
    expect(batch.cost).toMatchObject({ estimated: '1.0125', worst_case: '3.0375' });
    expect((await client.post(`/v1/batches/${batch.id}/confirm`, batchSchema)).status).toBe('in_progress');
  });

  it('starts when the caller said so, or when it costs no more', async () => {
    const auto = await client.post('/v1/batches', batchSchema, { body: { ...dear, start: 'auto' }, status: 202 });
    const cheap = await client.post('/v1/batches', batchSchema, { body: { rows: [{ input: INPUT }] }, status: 202 });

    expect([auto.status, auto.confirm_above, cheap.status]).toEqual(['in_progress', null, 'in_progress']);
  });

  it('waits as a file too', async () => {
    const { id } = await client.post('/v1/imports', batchSchema, { ...csv(example), status: 202 });
    for (const uploadId of harness.context.tasks.take('import')) await importRows(harness.context, uploadId);
    const batch = await client.get(`/v1/batches/${id}`, batchSchema);

    expect(batch).toMatchObject({ status: 'awaiting_confirmation', cost: { estimated: '46.4', worst_case: '139.2' } });
  });
});

describe('other ways to send a file', () => {
  it('are priced alike: NDJSON and a multipart field', async () => {
    const line = JSON.stringify({ input: { ...INPUT, seed: 3 } });
    const form = new FormData();
    form.append('file', new Blob([`${line}\n${line}\n`]), 'rows.ndjson');
    const ndjson = { method: 'POST', raw: `${line}\n${line}\n`, headers: { 'content-type': 'application/x-ndjson' } };

    const answers = [
      await client.post('/v1/estimates?overrides[resolution]=720p', estimateSchema, ndjson),
      await client.post('/v1/estimates?overrides[resolution]=720p', estimateSchema, { method: 'POST', raw: form }),
    ];
    expect(answers.map(({ cost, duplicates }) => [cost.list, duplicates.rows])).toEqual([
      ['0.81', 1],
      ['0.81', 1],
    ]);
  });
});

describe('a file of many rows', () => {
  it('is priced to the last one', { timeout: 120_000 }, async () => {
    const lines = Array.from(
      { length: 20_000 },
      (_, i) => `r${i},https://a.example/${i % 10_000}.mp4,p,32,480p,7,s${i % 7}\n`,
    );
    const answer = await estimate(HEADER + lines.join(''));

    expect(answer.rows.valid).toBe(20_000);
    expect(answer.cost.list).toBe('1600');
    expect(answer.duplicates).toMatchObject({ groups: 10_000, rows: 10_000, cost: '800' });
    expect(answer.by_tag).toHaveLength(7);
  });
});
