import { appendLedger, inTransaction } from '@reelay/db';
import { dispatch, exportErrors, exportResults, type ResultsQuestion } from '@reelay/engine';
import { parse } from 'csv-parse/sync';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goodCsv, type Intake, openIntake, VIDEO } from './intake-fixture.ts';

let intake: Intake;
beforeEach(async () => {
  intake = await openIntake();
});
afterEach(() => intake.close());

type Row = Record<string, string>;

async function textOf(lines: AsyncIterable<string>): Promise<string> {
  let text = '';
  for await (const piece of lines) text += piece;
  return text;
}

const tableOf = (text: string) => parse(text, { columns: true }) as unknown as Row[];

async function results(batchId: string, more: Partial<ResultsQuestion> = {}) {
  const question = { projectId: intake.projectId, batchId, format: 'csv' as const, ...more };
  const found = await exportResults(intake.context, question);
  if (!found) throw new Error('no such batch');
  const text = await textOf(found.lines);
  return { complete: found.complete, text, rows: question.format === 'csv' ? tableOf(text) : [] };
}

async function errorsFile(batchId: string): Promise<string> {
  const found = await exportErrors(intake.context, { projectId: intake.projectId, batchId });
  if (!found) throw new Error('no such batch');
  return textOf(found.lines);
}

const VIDEO_OUT = { video: { url: 'https://fal.example/out.mp4' }, seed: 42 };

/** Makes the batch's first job a paid success, as dispatch and settle leave it. */
async function succeedFirst(batchId: string): Promise<void> {
  const { db } = intake.context;
  await dispatch(intake.context);
  const attempt = await db.prisma.attempt.findFirstOrThrow({ where: { batch_id: batchId, job: { row_no: 1 } } });
  await inTransaction(db, async (tx) => {
    await tx.job.update({
      where: { id: attempt.job_id },
      data: { status: 'succeeded', output: VIDEO_OUT, attempts: 1, fal_request_id: 'req-1', finished_at: new Date() },
    });
    await appendLedger(tx, attempt.id, [
      { kind: 'release', amountNanoUsd: attempt.reserved_nano_usd, basis: 'settled' },
      { kind: 'charge', amountNanoUsd: 80_000_000n, basis: 'units' },
    ]);
  });
}

describe('results', () => {
  it('carry the columns of the file in their order, then what became of each row', async () => {
    const file = `Text,video_url,Notes,num_frames,resolution,custom_id,metadata.shot\nhello,${VIDEO},n,32,480p,a,s1\nbye,${VIDEO},n,,,b,\n`;
    const { batchId } = await intake.import(file, { map: { Text: 'prompt', Notes: '' } });
    await succeedFirst(batchId);

    const { complete, rows, text } = await results(batchId);

    expect(complete).toBe(false);
    expect(text.split('\n')[0]).toBe(
      'Text,video_url,num_frames,resolution,custom_id,metadata.shot,_job_id,_status,_error_code,_error_message,_output_url,_seed,_cost_estimated_usd,_cost_charged_usd,_attempts,_fal_request_id,_line',
    );
    expect(rows[0]).toMatchObject({
      Text: 'hello',
      num_frames: '32',
      'metadata.shot': 's1',
      _status: 'succeeded',
      _output_url: 'https://fal.example/out.mp4',
      _seed: '42',
      _cost_estimated_usd: '0.08',
      _cost_charged_usd: '0.08',
      _fal_request_id: 'req-1',
      _line: '2',
    });
  });

  it('leave a cost that is not known empty', async () => {
    const { batchId } = await intake.import(goodCsv(1));
    await dispatch(intake.context);

    expect((await results(batchId)).rows[0]).toMatchObject({
      _status: 'active',
      _cost_charged_usd: '',
      _output_url: '',
    });
  });

  it('hold every row once and in order, over any number of pages', async () => {
    const { batchId } = await intake.import(goodCsv(1_501));

    const { rows } = await results(batchId);

    expect(rows.map(({ custom_id }) => custom_id)).toEqual(Array.from({ length: 1_501 }, (_, i) => `r${i + 1}`));
  });

  it('can be asked for by status', async () => {
    const { batchId } = await intake.import(goodCsv(3));
    await succeedFirst(batchId);

    const { rows } = await results(batchId, { statuses: ['succeeded'] });

    expect(rows.map(({ custom_id }) => custom_id)).toEqual(['r1']);
  });

  it('are complete when the batch is closed', async () => {
    const { batchId } = await intake.import(`video_url,prompt\n${VIDEO},\n`);

    expect(await results(batchId)).toMatchObject({ complete: true, rows: [] });
  });

  it('as NDJSON are one object per row', async () => {
    const { batchId } = await intake.import(goodCsv(2));
    await succeedFirst(batchId);

    const { text } = await results(batchId, { format: 'ndjson' });

    const rows = text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(rows).toMatchObject([
      {
        custom_id: 'r1',
        line: 2,
        status: 'succeeded',
        input: { prompt: 'A boat, number 1' },
        output: VIDEO_OUT,
        error: null,
        cost: { estimated: '0.08', reserved: '0', charged: '0.08', billed: null },
        fal_request_id: 'req-1',
      },
      { custom_id: 'r2', status: 'active', output: null, cost: { reserved: '0.08', charged: null } },
    ]);
  });

  it('are safe to open in a spreadsheet', async () => {
    const prompts = ['=1+1', '+1', '-1', '@x', ' =1', '\u00a0=1', '＝1', "'=1", 'plain'];
    const rows = prompts.map((prompt) => JSON.stringify({ input: { video_url: VIDEO, prompt: `${prompt}` } }));
    const { batchId } = await intake.import(rows.join('\n'), { format: 'ndjson' });

    const cells = (await results(batchId)).rows.map(({ prompt }) => prompt ?? '');

    const numbers = ['-1'];
    expect(cells.filter((cell) => /^\s*[=+\-@＝]/.test(cell))).toEqual(numbers);
    expect(cells.at(-1)).toBe('plain');
  });

  it("of another project's batch do not exist", async () => {
    const { batchId } = await intake.import(goodCsv(1));
    const question = { projectId: 'proj_other', batchId };

    expect(await exportResults(intake.context, { ...question, format: 'csv' })).toBeNull();
    expect(await exportErrors(intake.context, question)).toBeNull();
  });
});

describe('an errors file', () => {
  it('holds the rejected rows under their own columns, and what is wrong with them', async () => {
    const { batchId } = await intake.import(
      `custom_id;Text;video_url;num_frames\na;ok;${VIDEO};32\nb;"two\nlines; and ""quotes""";${VIDEO};500\n`,
      { map: { Text: 'prompt' } },
    );

    const [row, ...more] = tableOf(await errorsFile(batchId));

    expect(more).toEqual([]);
    expect(row).toEqual({
      custom_id: 'b',
      Text: 'two\nlines; and "quotes"',
      video_url: VIDEO,
      num_frames: '500',
      _line: '3',
      _column: 'num_frames',
      _code: 'out_of_range',
      _value: '500',
      _message: expect.stringContaining('from 17 to 161'),
    });
  });

  it('sent again as it is is rejected again, row by row', async () => {
    const bad = ['x,,32', `${VIDEO},=1+1,500`, `${VIDEO},-5 and,x,32`, `${VIDEO},${'y'.repeat(70_000)},32`];
    const first = await intake.import(`video_url,prompt,num_frames\n${VIDEO},ok,32\n${bad.join('\n')}\n`);

    const second = await intake.import(await errorsFile(first.batchId));

    const third = await intake.import(await errorsFile(second.batchId));
    const codes = first.rejected.map(({ code }) => code);
    expect(codes).toEqual(['invalid_url', 'out_of_range', 'too_many_cells', 'cell_too_large']);
    for (const again of [second, third]) {
      expect(again.jobs).toHaveLength(0);
      expect(again.rejected.map(({ code }) => code)).toEqual(codes);
    }
  });

  it('corrected and sent again becomes the jobs it was meant to be, formulas and all', async () => {
    const prompts = ['=1+1', "'=1", '-5 degrees', '@home', 'plain'];
    const rows = prompts.map((prompt) => `${VIDEO},"${prompt}",500,-3`);
    const { batchId } = await intake.import(`video_url,prompt,num_frames,priority\n${rows.join('\n')}\n`);

    const { jobs, rejected } = await intake.import((await errorsFile(batchId)).replaceAll(',500,', ',50,'));

    expect(rejected).toEqual([]);
    expect(jobs.map(({ input }) => input.prompt)).toEqual(prompts);
  });

  it('of rows without a header line lays them out under the names they used', async () => {
    const rows = [{ custom_id: 'a', input: { video_url: VIDEO, promt: 'x', num_frames: 32 }, metadata: { k: 'v' } }, 7];
    const file = rows.map((row) => JSON.stringify(row)).join('\n');
    const { batchId } = await intake.import(`{"input":{"video_url":"${VIDEO}","prompt":"ok"}}\n${file}\n`, {
      format: 'ndjson',
    });

    const [first, second] = tableOf(await errorsFile(batchId));

    expect(first).toMatchObject({ custom_id: 'a', promt: 'x', num_frames: '32', 'metadata.k': 'v', _code: 'required' });
    expect(second).toMatchObject({ custom_id: '', _line: '3', _code: 'not_an_object' });
  });

  it('of rows without a header line is read as a CSV when it is corrected, with all that a row may say', async () => {
    const own = {
      custom_id: 'a',
      output_name: 'a.mp4',
      priority: 3,
      max_cost: '1',
      callback_url: 'https://example.com/done',
      retry: { max_attempts: 2 },
    };
    const row = { ...own, input: { video_url: VIDEO, prompt: 'x', num_frames: 500 }, metadata: { k: 'v' } };
    const { batchId } = await intake.import(JSON.stringify(row), { format: 'ndjson' });

    const sentAgain = await intake.import((await errorsFile(batchId)).replace(',500,', ',32,'));

    const { prisma } = intake.context.db;
    const job = await prisma.job.findFirstOrThrow({ where: { batch_id: sentAgain.batchId } });
    expect(job).toMatchObject({
      custom_id: 'a',
      output_name: 'a.mp4',
      priority: 3,
      max_cost_nano_usd: 1_000_000_000n,
      callback_url: 'https://example.com/done',
      max_attempts: 2,
      metadata: { k: 'v' },
    });
    const [result] = (await results(sentAgain.batchId)).rows;
    expect(result).toMatchObject({
      custom_id: 'a',
      output_name: 'a.mp4',
      priority: '3',
      max_cost: '1',
      callback_url: 'https://example.com/done',
      'retry.max_attempts': '2',
    });
  });
});
