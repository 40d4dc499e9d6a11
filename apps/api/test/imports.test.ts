import { once } from 'node:events';
import net from 'node:net';
import { batchListSchema, batchSchema, jobListSchema } from '@reelay/contract';
import { importRows } from '@reelay/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Ask, type Client, type Harness, type RawBody, startHarness } from './harness.ts';

const BYTES_MAX = 200_000;
const CSV = 'video_url,prompt,num_frames\nhttps://a.example/1.mp4,one,17\nhttps://a.example/2.mp4,two,\n';
const NDJSON = '{"input":{"video_url":"https://a.example/1.mp4","prompt":"one"}}\n';

let harness: Harness;
let client: Client;
let keys = 0;

beforeAll(async () => {
  harness = await startHarness({ uploadBytesMax: BYTES_MAX });
});
afterAll(() => harness.close());
beforeEach(async () => {
  client = await harness.client();
});

const csv = (raw: RawBody = CSV, headers: Record<string, string> = {}): Ask => ({
  method: 'POST',
  raw,
  headers: { 'content-type': 'text/csv', ...headers },
});
const upload = (query = '', ask: Ask = csv()) =>
  client.post(`/v1/imports${query}`, batchSchema, { ...ask, status: 202 });
const uploadsCount = () => harness.context.db.prisma.upload.count({ where: { project_id: client.projectId } });

async function runImport(): Promise<void> {
  for (const uploadId of harness.context.tasks.take('import')) await importRows(harness.context, uploadId);
}

function multipart(
  parts: readonly (readonly [name: string, content: string, filename?: string, type?: string])[],
): Ask {
  const form = new FormData();
  for (const [name, content, filename, type] of parts) {
    if (filename === undefined) form.append(name, content);
    else form.append(name, new Blob([content], { type: type ?? '' }), filename);
  }
  return { method: 'POST', raw: form };
}

describe('POST /v1/imports', () => {
  it.each([
    ['text/csv', csv()],
    ['text/csv with a charset', csv(CSV, { 'content-type': 'text/csv; charset=utf-8' })],
    ['application/x-ndjson', csv(NDJSON, { 'content-type': 'application/x-ndjson' })],
    ['a multipart field', multipart([['file', CSV, 'clips.csv', 'text/csv']])],
    ['a multipart field known by its name', multipart([['file', NDJSON, 'clips.jsonl', 'application/octet-stream']])],
  ])('takes %s and answers before a row is read', async (_, ask) => {
    const batch = await upload('', ask);

    expect(batch).toMatchObject({ status: 'validating', request_counts: { total: 0 }, cost: { estimated: null } });
    await runImport();
    expect((await client.get(`/v1/batches/${batch.id}`, batchSchema)).status).toBe('in_progress');
  });

  it('takes its options from the query', async () => {
    const query = new URLSearchParams({
      name: 'spring',
      cap: '9.5',
      start: 'confirm',
      on_unknown: 'resubmit',
      unknown_budget: '0.5',
      priority: '7',
      'retry[max_attempts]': '2',
      'defaults[resolution]': '480p',
      'map[Clip]': 'video_url',
      'map[Notes]': '',
    });
    const file = 'Clip,prompt,Notes\nhttps://a.example/1.mp4,one,nothing\n';

    const { id } = await upload(`?${query}`, csv(file));
    await runImport();

    expect(await client.get(`/v1/batches/${id}`, batchSchema)).toMatchObject({
      name: 'spring',
      status: 'awaiting_confirmation',
      on_unknown: 'resubmit',
      unknown_budget: '0.5',
      cost: { cap: '9.5', estimated: '0.2025' },
      retry: { max_attempts: 2 },
    });
    const jobs = await client.get(`/v1/batches/${id}/jobs`, jobListSchema);
    expect(jobs.data).toMatchObject([
      { priority: 7, line: 2, input: { resolution: '480p' }, retry: { max_attempts: 2 } },
    ]);
  });

  it.each([
    ['an unknown option', '?colour=red', csv(), 'validation_failed', 422],
    ['a bad option', '?mode=fast', csv(), 'validation_failed', 422],
    ['an option given twice', '?name=a&name=b', csv(), 'validation_failed', 422],
    ['a column mapped twice', '?map[prompt]=prompt&map[prompt]=', csv(), 'invalid_file', 422],
    ['an unknown default', '?defaults[colour]=red', csv(), 'validation_failed', 422],
    ['an unknown model', '?model=none', csv(), 'validation_failed', 422],
    ['an empty file', '', csv(''), 'invalid_file', 422],
    ['an unknown column', '', csv('video_url,prompt,colour\nhttps://a.example/1.mp4,one,red\n'), 'invalid_file', 422],
    ['another type', '', csv('PK', { 'content-type': 'application/zip' }), 'unsupported_media_type', 415],
    ['a compressed body', '', csv(CSV, { 'content-encoding': 'gzip' }), 'unsupported_media_type', 415],
    ['JSON', '', { method: 'POST', body: {} }, 'unsupported_media_type', 415],
    ['a file above the limit', '', csv(`${CSV}${'x'.repeat(BYTES_MAX)}`), 'too_large', 413],
    [
      'two files: the second would be lost',
      '',
      multipart([
        ['file', CSV, 'a.csv', 'text/csv'],
        ['file', CSV, 'b.csv', 'text/csv'],
      ]),
      'validation_failed',
      422,
    ],
    [
      'a multipart body without a boundary',
      '',
      csv('x', { 'content-type': 'multipart/form-data' }),
      'bad_request',
      400,
    ],
    ['a multipart body with another field', '', multipart([['csv', CSV, 'a.csv']]), 'validation_failed', 422],
    [
      'a multipart body that begins with an option',
      '',
      multipart([
        ['name', 'x'],
        ['file', CSV, 'a.csv'],
      ]),
      'validation_failed',
      422,
    ],
    [
      'a multipart file of another type',
      '',
      multipart([['file', 'PK', 'a.zip', 'application/zip']]),
      'unsupported_media_type',
      415,
    ],
  ] as const)('refuses %s and keeps nothing', async (_, query, ask, code, status) => {
    const problem = await client.refused(`/v1/imports${query}`, code, ask);

    expect(problem.status).toBe(status);
    expect(await uploadsCount()).toBe(0);
    expect((await client.get('/v1/batches', batchListSchema)).data).toEqual([]);
  });

  it('names the column of a file that it refuses', async () => {
    const { errors } = await client.refused('/v1/imports', 'invalid_file', csv('video_url,prompt,colour\na,b,c\n'));

    expect(errors).toMatchObject([{ line: 1, column: 'colour', code: expect.any(String) }]);
  });

  it('stops reading a stream that has no end, and still answers', async () => {
    let pulled = 0;
    const endless = new ReadableStream({
      pull: (controller) => {
        pulled++;
        if (pulled > 100) controller.close();
        else controller.enqueue(new TextEncoder().encode(pulled === 1 ? CSV : 'x'.repeat(10_000)));
      },
    });

    await client.refused('/v1/imports', 'too_large', csv(endless));

    expect(await uploadsCount()).toBe(0);
  });

  it('keeps nothing of an upload that breaks off', async () => {
    const key = `key-${++keys}`;
    const socket = net.connect(Number(new URL(harness.url).port), '127.0.0.1');
    await once(socket, 'connect');
    const headers = `Authorization: Bearer ${client.apiKey}\r\nIdempotency-Key: ${key}\r\nContent-Type: text/csv\r\nContent-Length: 150000`;
    socket.write(
      `POST /v1/imports HTTP/1.1\r\nHost: x\r\n${headers}\r\n\r\n${CSV}${'https://a.example/3.mp4,x,17\n'.repeat(3_000)}`,
    );
    await expect.poll(keysCount).toBe(1);
    socket.destroy();

    await expect.poll(keysCount).toBe(0);
    expect(await uploadsCount()).toBe(0);
    expect((await client.get('/v1/batches', batchListSchema)).data).toEqual([]);
    expect((await upload('', csv(CSV, { 'idempotency-key': key }))).status).toBe('validating');
  });
});

const keysCount = () => harness.context.db.prisma.idempotencyKey.count({ where: { project_id: client.projectId } });

describe('a repeated upload', () => {
  const withKey = (key: string, ask: Ask): Ask => ({ ...ask, headers: { ...ask.headers, 'idempotency-key': key } });

  it('of the same bytes gets the first answer, however they are wrapped', async () => {
    const key = `key-${++keys}`;
    const first = await client.ask('/v1/imports', withKey(key, csv()));
    await runImport();

    const again = await client.ask('/v1/imports', withKey(key, csv()));
    const wrapped = await client.ask('/v1/imports', withKey(key, multipart([['file', CSV, 'clips.csv', 'text/csv']])));

    for (const answer of [again, wrapped]) {
      expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
      expect(JSON.parse(answer.text)).toEqual(JSON.parse(first.text));
    }
    expect(await uploadsCount()).toBe(1);
  });

  it('of other bytes or options is refused', async () => {
    const key = `key-${++keys}`;
    await client.ask('/v1/imports', withKey(key, csv()));

    await client.refused(
      '/v1/imports',
      'idempotency_mismatch',
      withKey(key, csv(`${CSV}https://a.example/3.mp4,x,\n`)),
    );
    await client.refused('/v1/imports?start=confirm', 'idempotency_mismatch', withKey(key, csv()));
    expect(await uploadsCount()).toBe(1);
  });

  it('after a refused file may bring a corrected one', async () => {
    const key = `key-${++keys}`;
    await client.refused('/v1/imports', 'invalid_file', withKey(key, csv('colour\nred\n')));

    expect((await client.ask('/v1/imports', withKey(key, csv()))).status).toBe(202);
  });

  it('sent 20 times at once makes one batch', async () => {
    const key = `key-${++keys}`;

    const answers = await Promise.all(Array.from({ length: 20 }, () => client.ask('/v1/imports', withKey(key, csv()))));

    expect(answers.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
    expect((await client.get('/v1/batches', batchListSchema)).data).toHaveLength(1);
  });
});

describe('what comes out', () => {
  it('streams results of both formats while the batch runs, and the rejected rows', async () => {
    const { id } = await upload('', csv(`${CSV}https://a.example/3.mp4,three,9\n`));
    await runImport();

    const asCsv = await client.ask(`/v1/batches/${id}/results?format=csv`);
    const asJson = await client.ask(`/v1/batches/${id}/results?status=queued`);
    const none = await client.ask(`/v1/batches/${id}/results?status=failed`);
    const errors = await client.ask(`/v1/batches/${id}/errors.csv`);

    expect([asCsv, asJson, errors].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(asCsv.headers.get('x-complete')).toBe('false');
    expect(asCsv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
    expect(asCsv.headers.get('content-disposition')).toContain(`${id}.csv`);
    expect(asCsv.text.trim().split('\n')).toHaveLength(3);
    expect(
      asJson.text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toHaveLength(2);
    expect(none.text).toBe('');
    expect(errors.text).toContain('_line,_column,_code,_value,_message');
    expect(errors.text).toContain('https://a.example/3.mp4,three,9');
    await client.refused(`/v1/batches/${id}/results?format=xml`, 'validation_failed');
  });
});
