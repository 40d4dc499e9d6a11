import { batchSchema, jobSchema, spendListSchema, statementSchema } from '@reelay/contract';
import { appendLedger, inTransaction, setInFlightMax } from '@reelay/db';
import { dispatch, sealLedger } from '@reelay/engine';
import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, type Harness, INPUT, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;
let batchId: string;

const NAME = '<b>"Spring" & co</b>';
/** $0.2025 each. */
const ROW = (custom_id: string, metadata: object) => ({ custom_id, input: INPUT, metadata });

beforeAll(async () => {
  harness = await startHarness();
  client = await harness.client();
  await setInFlightMax(harness.context.db, 100);
  const rows = [ROW('=1+1', { show: 'a' }), ROW('<i>', { show: 'a', cut: '2' }), ROW('r3', {})];
  const batch = await client.post('/v1/batches', batchSchema, { body: { name: NAME, rows, cap: '9' }, status: 202 });
  batchId = batch.id;
  await client.post('/v1/jobs', jobSchema, { body: { input: INPUT, metadata: { show: 'b' } }, status: 202 });
  await dispatch(harness.context);
  await settleFirstRow();
});
afterAll(() => harness.close());

/** As a settle does when fal's units cost less than the list price. */
async function settleFirstRow(): Promise<void> {
  const { db } = harness.context;
  const [attempt] = await db.prisma.$queryRaw<{ id: string; reserved_nano_usd: bigint }[]>`
    SELECT a.id, a.reserved_nano_usd FROM attempts a JOIN jobs j ON j.id = a.job_id WHERE j.batch_id = ${batchId} AND j.row_no = 1`;
  if (!attempt) throw new Error('the first row was not dispatched');
  await inTransaction(db, (tx) =>
    appendLedger(tx, attempt.id, [
      { kind: 'release', amountNanoUsd: attempt.reserved_nano_usd, basis: 'settled' },
      { kind: 'charge', amountNanoUsd: 200_000_001n, basis: 'units' },
    ]),
  );
}

const spend = async (query: string) => {
  const { data } = await client.get(`/v1/spend?${query}`, spendListSchema);
  return data.map(({ group, jobs, charged, reserved }) => [group, jobs, charged, reserved]);
};

describe('GET /v1/spend', () => {
  it('sums by day, to the nano-dollar', async () => {
    const [day] = await spend('');

    expect(day).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d$/), 4, '0.200000001', '0.6075']);
  });

  it('sums by batch, with what has none apart', async () => {
    expect(await spend('group_by=batch')).toEqual([
      [null, 1, '0', '0.2025'],
      [batchId, 3, '0.200000001', '0.405'],
    ]);
  });

  it('sums by model and by the key that asked', async () => {
    const [model] = await spend('group_by=model');
    const [key] = await spend('group_by=key');

    expect(model).toEqual(['fal-ai/wan/v2.2-a14b/video-to-video', 4, '0.200000001', '0.6075']);
    expect(key).toEqual([expect.stringMatching(/^key_/), 4, '0.200000001', '0.6075']);
  });

  it('counts a job in each of its tags', async () => {
    expect(await spend('group_by=tag')).toEqual([
      [null, 1, '0', '0.2025'],
      ['cut=2', 1, '0', '0.2025'],
      ['show=a', 2, '0.200000001', '0.2025'],
      ['show=b', 1, '0', '0.2025'],
    ]);
  });

  it('can be narrowed to a batch and to a span of time, and paged', async () => {
    expect(await spend(`group_by=tag&batch_id=${batchId}&limit=1&after=cut%3D2`)).toEqual([
      ['show=a', 2, '0.200000001', '0.2025'],
    ]);
    expect(await spend('to=2020-01-01T00:00:00Z')).toEqual([]);
    await client.refused('/v1/spend?group_by=colour', 'validation_failed');
    await client.refused('/v1/spend?from=yesterday', 'validation_failed');
  });

  it("shows nothing of another project's", async () => {
    const stranger = await harness.client();

    expect((await stranger.get('/v1/spend?group_by=batch', spendListSchema)).data).toEqual([]);
    expect((await stranger.get(`/v1/spend?batch_id=${batchId}`, spendListSchema)).data).toEqual([]);
  });
});

describe('GET /v1/batches/{id}/statement', () => {
  const path = (format: string) => `/v1/batches/${batchId}/statement?format=${format}`;

  it('as JSON sums the rows that it shows and names the head of the ledger', async () => {
    const unsealed = await client.get(path('json'), statementSchema);
    await sealLedger(harness.context);
    const sealed = await client.get(path('json'), statementSchema);

    expect(unsealed.ledger).toEqual({ block: '0', hash: null, unsealed: 6 });
    expect(sealed.ledger).toEqual({ block: '1', hash: expect.stringMatching(/^[0-9a-f]{64}$/), unsealed: 0 });
    expect(sealed).toMatchObject({ batch_id: batchId, name: NAME, cap: '9', complete: false, rejected_rows: 0 });
    expect(sealed.totals).toEqual({
      rows: 3,
      attempts: 3,
      estimated: '0.6075',
      reserved: '0.405',
      charged: '0.200000001',
      billed: null,
    });
    expect(sealed.rows.map(({ line, custom_id, charged }) => [line, custom_id, charged])).toEqual([
      [1, '=1+1', '0.200000001'],
      [2, '<i>', null],
      [3, 'r3', null],
    ]);
  });

  it('as CSV is safe to open, and leaves empty what is not known', async () => {
    const { text, headers } = await client.ask(path('csv'));
    const rows = parse(text, { columns: true }) as Record<string, string>[];

    expect(headers.get('content-disposition')).toBe(`attachment; filename="${batchId}-statement.csv"`);
    expect(headers.get('x-complete')).toBe('false');
    expect(rows.map(({ custom_id, charged_usd, attempts }) => [custom_id, charged_usd, attempts])).toEqual([
      ["'=1+1", '0.200000001', '1'],
      ['<i>', '', '1'],
      ['r3', '', '1'],
    ]);
  });

  it('as a page carries nothing that came from a user unescaped, and may load nothing', async () => {
    const { text, headers } = await client.ask(path('html'));

    expect(headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(text).toContain('&lt;b&gt;&quot;Spring&quot; &amp; co&lt;/b&gt;');
    expect(text).not.toMatch(/<b>|<i>|<script/);
    expect(text).toContain('not known');
    expect(text).toContain('$0.200000001</td>');
    expect(text).toContain('<dd>$9.00</dd>');
    expect(text.trimEnd().endsWith('</html>')).toBe(true);
  });

  it('is not found by another project, and has no other form', async () => {
    await (await harness.client()).refused(path('json'), 'not_found');
    await client.refused(path('pdf'), 'validation_failed');
  });
});

describe('GET /v1/ledger.csv', () => {
  it('holds every entry once, oldest first', async () => {
    const { text } = await client.ask('/v1/ledger.csv');
    const rows = parse(text, { columns: true }) as Record<string, string>[];
    const ids = rows.map(({ id }) => Number(id));

    expect(rows.map(({ kind }) => kind)).toEqual([...Array<string>(4).fill('reserve'), 'release', 'charge']);
    expect(ids).toEqual(ids.toSorted((a, b) => a - b));
    expect(rows.at(-1)).toMatchObject({ amount_usd: '0.200000001', basis: 'units', batch_id: batchId });
  });

  it('can be narrowed to a batch', async () => {
    const { text } = await client.ask(`/v1/ledger.csv?batch_id=${batchId}`);

    expect(parse(text, { columns: true })).toHaveLength(5);
  });
});
