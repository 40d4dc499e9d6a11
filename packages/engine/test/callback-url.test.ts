import { createBatch, createJob, estimateBatch } from '@reelay/engine';
import { parseAllowList } from '@reelay/outbound';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Intake, openIntake, TERMS, VIDEO } from './intake-fixture.ts';

const INSIDE = 'https://2852039166/latest';
const REASON = /callback_url is not called: 169\.254\.169\.254 is a link-local address\. /;
const blocked = {
  pointer: '/callback_url',
  code: 'blocked_url',
  value: INSIDE,
  message: expect.stringMatching(REASON),
};

let intake: Intake;
beforeEach(async () => {
  intake = await openIntake();
});
afterEach(() => intake.close());

const input = { video_url: VIDEO, prompt: 'a boat' };
const row = (callback_url: string) => ({ input, callback_url });

it('a job whose callback leads inside is refused', async () => {
  const { context, projectId } = intake;

  expect(await createJob(context, { projectId, input, callbackUrl: INSIDE })).toMatchObject({
    kind: 'invalid',
    problems: [blocked],
  });
});

it('a batch whose own callback leads inside is refused, inline and as a file', async () => {
  const { context, projectId } = intake;
  const request = { projectId, ...TERMS, rows: [{ input }], callbackUrl: INSIDE };

  expect(await createBatch(context, request)).toMatchObject({ kind: 'invalid', problems: [blocked] });
  expect(await intake.send(`video_url,prompt\n${VIDEO},x\n`, { callbackUrl: INSIDE })).toMatchObject({
    kind: 'refused',
    problem: { status: 422, code: 'blocked_url' },
  });
});

it('a row whose callback leads inside is rejected alone, and an estimate says so before', async () => {
  const { context, projectId } = intake;
  const rows = [row(INSIDE), row('http://hooks.example.com/'), row('https://hooks.example.com/')];
  const { jobs, rejected } = await intake.import(
    ['video_url,prompt,callback_url', ...rows.map(({ callback_url }) => `${VIDEO},x,${callback_url}`), ''].join('\n'),
  );

  expect(jobs.map(({ line }) => line)).toEqual([4]);
  expect(rejected).toMatchObject([
    { line: 2, column: 'callback_url', code: 'blocked_url', message: expect.stringMatching(REASON) },
    { line: 3, column: 'callback_url', code: 'blocked_url', message: expect.stringContaining('only https is called') },
  ]);
  expect(await createBatch(context, { projectId, ...TERMS, mode: 'strict', rows })).toMatchObject({
    kind: 'invalid',
    problems: [{ code: 'blocked_url' }, { code: 'blocked_url' }],
  });
  expect(estimateBatch(context, { ...TERMS, rows })).toMatchObject({
    kind: 'estimated',
    estimate: { rows: { total: 3, valid: 1, rejected: 2 } },
  });
});

it('what the operator allows is taken', async () => {
  const read = parseAllowList('127.0.0.0/8 169.254.169.254');
  if (read.kind === 'invalid') throw new Error(read.entry);
  const context = { ...intake.context, outbound: read };

  for (const callbackUrl of [INSIDE, 'http://127.0.0.1:3000/hook']) {
    expect(await createJob(context, { projectId: intake.projectId, input, callbackUrl })).toMatchObject({
      kind: 'created',
    });
  }
});
