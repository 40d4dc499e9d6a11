import { batchSchema, jobListSchema, jobSchema } from '@reelay/contract';
import { claimIdempotencyKey } from '@reelay/engine';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Client, type Harness, INPUT, startHarness } from './harness.ts';

let harness: Harness;
let client: Client;
let keys = 0;

beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.close());
beforeEach(async () => {
  client = await harness.client();
});

const newKey = () => `key-${++keys}`;
const withKey = (key: string, body: object) => ({ method: 'POST', body, headers: { 'idempotency-key': key } });
const jobsCount = () => harness.context.db.prisma.job.count({ where: { project_id: client.projectId } });
const keyRow = (key: string) =>
  harness.context.db.prisma.idempotencyKey.findUnique({
    where: { project_id_key: { project_id: client.projectId, key } },
  });

describe('a repeated POST /v1/jobs', () => {
  it('gets the first answer, whatever has happened since', async () => {
    const key = newKey();
    const first = await client.ask('/v1/jobs', withKey(key, { input: INPUT }));
    await client.post(`/v1/jobs/${JSON.parse(first.text).id}/cancel`, jobSchema);

    const second = await client.ask('/v1/jobs', withKey(key, { input: INPUT }));

    expect([first.status, second.status]).toEqual([202, 202]);
    expect(JSON.parse(second.text)).toEqual(JSON.parse(first.text));
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await jobsCount()).toBe(1);
  });

  it('is the same whatever the order of its fields', async () => {
    const key = newKey();
    await client.ask('/v1/jobs', withKey(key, { input: INPUT, priority: 1 }));
    const { prompt, ...rest } = INPUT;

    const again = await client.ask('/v1/jobs', withKey(key, { priority: 1, input: { prompt, ...rest } }));

    expect(again.headers.get('idempotent-replayed')).toBe('true');
  });

  it('with another body or path is refused', async () => {
    const key = newKey();
    const first = await client.ask('/v1/jobs', withKey(key, { input: INPUT }));

    const body = { input: INPUT, priority: 1 };
    const { status } = await client.refused('/v1/jobs', 'idempotency_mismatch', withKey(key, body));
    expect(status).toBe(422);
    const path = `/v1/jobs/${JSON.parse(first.text).id}/cancel`;
    await client.refused(path, 'idempotency_mismatch', withKey(key, {}));
    expect(await jobsCount()).toBe(1);
  });

  it('sent 50 times at once makes one job', async () => {
    const key = newKey();

    const answers = await Promise.all(
      Array.from({ length: 50 }, () => client.ask('/v1/jobs', withKey(key, { input: INPUT }))),
    );

    expect(answers.filter(({ status }) => status !== 202 && status !== 409)).toEqual([]);
    const busy = answers.filter(({ status }) => status === 409);
    expect(busy.every(({ headers }) => headers.get('retry-after') === '1')).toBe(true);
    expect(busy.every(({ text }) => JSON.parse(text).code === 'idempotency_in_progress')).toBe(true);
    expect(await jobsCount()).toBe(1);
  });

  it('belongs to its project', async () => {
    const key = newKey();
    await client.ask('/v1/jobs', withKey(key, { input: INPUT }));
    const other = await harness.client();

    const answer = await other.ask('/v1/jobs', withKey(key, { input: INPUT }));

    expect(answer.headers.get('idempotent-replayed')).toBeNull();
    expect((await other.get('/v1/jobs', jobListSchema)).data).toHaveLength(1);
  });

  it('after a refusal is free to be corrected', async () => {
    const key = newKey();
    await client.refused('/v1/jobs', 'validation_failed', withKey(key, { input: { ...INPUT, num_frames: 1 } }));
    await client.refused('/v1/jobs', 'validation_failed', withKey(key, { colour: 1 }));

    const answer = await client.ask('/v1/jobs', withKey(key, { input: INPUT }));

    expect(answer.status).toBe(202);
  });

  it.each(['', 'a key with spaces', 'ä', 'x'.repeat(256)])('refuses the key %j', async (key) => {
    const answer = await client.ask('/v1/jobs', withKey(key, { input: INPUT })).catch(() => ({ status: 422 }));

    expect(answer.status).toBe(422);
    expect(await jobsCount()).toBe(0);
  });
});

describe('a key whose request died', () => {
  const abandon = (key: string, leaseEndsAt: Date) =>
    harness.context.db.prisma.idempotencyKey.create({
      data: { project_id: client.projectId, key, lease_until: leaseEndsAt },
    });

  it('is busy until its lease ends', async () => {
    const key = newKey();
    await abandon(key, new Date(Date.now() + 60_000));

    await client.refused('/v1/jobs', 'idempotency_in_progress', withKey(key, { input: INPUT }));
  });

  it('is free after that', async () => {
    const key = newKey();
    await abandon(key, new Date(0));

    expect((await client.ask('/v1/jobs', withKey(key, { input: INPUT }))).status).toBe(202);
  });

  it('is free again after seven days, even when it was answered', async () => {
    const key = newKey();
    await client.ask('/v1/jobs', withKey(key, { input: INPUT }));
    await harness.context.db.prisma.$executeRaw`
      UPDATE idempotency_keys SET created_at = now() - interval '7 days 1 minute' WHERE key = ${key}`;

    const answer = await client.ask('/v1/jobs', withKey(key, { input: INPUT, priority: 1 }));

    expect([answer.status, answer.headers.get('idempotent-replayed')]).toEqual([202, null]);
  });
});

/** An upload whose file is under way until `end`. */
function openUpload(key: string) {
  let file: ReadableStreamDefaultController<Uint8Array> | undefined;
  const raw = new ReadableStream<Uint8Array>({
    start: (controller) => {
      file = controller;
    },
  });
  const write = (text: string) => file?.enqueue(new TextEncoder().encode(text));
  const headers = { 'content-type': 'text/csv', 'idempotency-key': key };
  write(`${Object.keys(INPUT).join(',')}\n`);
  const answer = client.ask('/v1/imports', { method: 'POST', raw, headers });
  const end = () => {
    write(`${Object.values(INPUT).join(',')}\n`);
    file?.close();
  };
  return { answer, write, end };
}

const BEYOND_LEASE_MS = 30_000;

describe('a key whose API died', () => {
  it('is free when the lease has ended, by when the key of a living one is still held', async () => {
    const [live, dead] = [newKey(), newKey()];
    const upload = openUpload(live);
    await waitFor(async () => (await keyRow(live)) !== null);
    const { projectId } = client;
    await claimIdempotencyKey(harness.context, { projectId, key: dead, fingerprint: null });
    const repeat = () => client.ask('/v1/jobs', withKey(dead, { input: INPUT }));
    const early = await repeat();

    await expect.poll(async () => (await repeat()).status, { timeout: BEYOND_LEASE_MS, interval: 250 }).toBe(202);

    expect(JSON.parse(early.text)).toMatchObject({ code: 'idempotency_in_progress' });
    const again = { raw: 'prompt\nx\n', headers: { 'content-type': 'text/csv', 'idempotency-key': live } };
    await client.refused('/v1/imports', 'idempotency_in_progress', { method: 'POST', ...again });
    upload.end();
    expect((await upload.answer).status).toBe(202);
  }, 60_000);
});

/** Holds requests of the client's project between their claim and their seal: they all need the lane of its key. */
async function holdTheLane(): Promise<() => Promise<void>> {
  const blocker = await harness.context.db.pool.connect();
  await blocker.query('BEGIN');
  await blocker.query(
    "INSERT INTO lanes (id, project_id) SELECT project_id || '.' || id, project_id FROM api_keys WHERE project_id = $1",
    [client.projectId],
  );
  return async () => {
    await blocker.query('COMMIT');
    blocker.release();
  };
}

describe('a claim that was taken over', () => {
  it('cannot commit its work any more', async () => {
    const key = newKey();
    const letGo = await holdTheLane();
    const first = client.ask('/v1/jobs', withKey(key, { input: INPUT }));
    await waitFor(async () => (await keyRow(key)) !== null);
    await harness.context.db.prisma.$executeRaw`UPDATE idempotency_keys SET lease_until = 'epoch' WHERE key = ${key}`;
    const firstClaim = (await keyRow(key))?.created_at;
    const second = client.ask('/v1/jobs', withKey(key, { input: INPUT }));
    await waitFor(async () => (await keyRow(key))?.created_at.getTime() !== firstClaim?.getTime());
    await letGo();

    const answers = await Promise.all([first, second]);

    expect(answers.map(({ status }) => status).sort()).toEqual([202, 409]);
    expect(await jobsCount()).toBe(1);
  });
});

describe('an upload whose claim was taken over', () => {
  it('is told so before its file has arrived, and leaves the key to the other', async () => {
    const key = newKey();
    const upload = openUpload(key);
    await waitFor(async () => (await keyRow(key)) !== null);
    await harness.context.db.prisma.$executeRaw`UPDATE idempotency_keys SET lease_until = 'epoch' WHERE key = ${key}`;
    const other = await client.ask('/v1/jobs', withKey(key, { input: INPUT }));
    const bytes = setInterval(() => upload.write('\n'), 100);

    const { status, text } = await upload.answer.finally(() => clearInterval(bytes));

    expect([other.status, status]).toEqual([202, 409]);
    expect(JSON.parse(text)).toMatchObject({ code: 'idempotency_in_progress' });
    expect((await keyRow(key))?.body).toEqual(JSON.parse(other.text));
    expect(await jobsCount()).toBe(1);
  }, 30_000);
});

describe('an answer', () => {
  it('is committed together with the job, so no crash can fall between them', async () => {
    const key = newKey();
    const letGo = await holdTheLane();
    const request = client.ask('/v1/jobs', withKey(key, { input: INPUT }));
    await waitFor(async () => (await keyRow(key)) !== null);
    const holder = await harness.context.db.pool.connect();
    await holder.query('BEGIN');
    await holder.query('SELECT 1 FROM idempotency_keys WHERE key = $1 FOR UPDATE', [key]);
    await letGo();
    await waitFor(isSealWaiting);

    expect(await jobsCount()).toBe(0);
    await holder.query('COMMIT');
    holder.release();
    expect((await request).status).toBe(202);
    expect(await jobsCount()).toBe(1);
    expect((await keyRow(key))?.body).toMatchObject({ object: 'job' });
  });
});

async function isSealWaiting(): Promise<boolean> {
  const { rowCount } = await harness.context.db.pool.query(
    "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%UPDATE idempotency_keys%'",
  );
  return rowCount === 1;
}

describe('other writes', () => {
  it('repeat a batch once', async () => {
    const key = newKey();
    const body = { rows: [{ input: INPUT }, { input: INPUT }] };
    const first = await client.ask('/v1/batches', withKey(key, body));
    const second = await client.ask('/v1/batches', withKey(key, body));

    expect(batchSchema.parse(JSON.parse(second.text))).toEqual(JSON.parse(first.text));
    expect(second.headers.get('idempotent-replayed')).toBe('true');
    expect(await jobsCount()).toBe(2);
  });

  it('repeat a steering call without doing it again', async () => {
    const { id } = batchSchema.parse(
      JSON.parse((await client.ask('/v1/batches', { method: 'POST', body: { rows: [{ input: INPUT }] } })).text),
    );
    const key = newKey();
    const pause = await client.ask(`/v1/batches/${id}/pause`, withKey(key, {}));
    await client.post(`/v1/batches/${id}/resume`, batchSchema);

    const again = await client.ask(`/v1/batches/${id}/pause`, withKey(key, {}));

    expect(JSON.parse(again.text)).toEqual(JSON.parse(pause.text));
    expect((await client.get(`/v1/batches/${id}`, batchSchema)).status).toBe('in_progress');
  });

  it('that were refused by the state leave the key free', async () => {
    const job = await client.post('/v1/jobs', jobSchema, { body: { input: INPUT }, status: 202 });
    const key = newKey();
    await client.refused(`/v1/jobs/${job.id}/retry`, 'invalid_state', withKey(key, {}));
    await client.post(`/v1/jobs/${job.id}/cancel`, jobSchema);

    expect((await client.ask(`/v1/jobs/${job.id}/retry`, withKey(key, {}))).status).toBe(200);
  });
});

async function waitFor(condition: () => Promise<boolean>): Promise<void> {
  await expect.poll(condition, { timeout: 10_000 }).toBe(true);
}
