import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { goodCsv, type Intake, openIntake, VIDEO } from './intake-fixture.ts';

let intake: Intake;
beforeEach(async () => {
  intake = await openIntake();
});
afterEach(() => intake.close());

const utf16le = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le');
const utf16be = (text: string) => utf16le(text).swap16();

const ROW = `${VIDEO},"Überraschung, ""täglich"" 🎬"`;
const PROMPT = 'Überraschung, "täglich" 🎬';

describe('a file becomes a batch', () => {
  it('whose rows are all jobs, in order, complete and priced', async () => {
    const { state, jobs, batchId } = await intake.import(goodCsv(5));

    expect(state).toBe('in_progress');
    expect(jobs.map(({ rowNo, line, customId }) => [rowNo, line, customId])).toEqual(
      [1, 2, 3, 4, 5].map((n) => [n, n + 1, `r${n}`]),
    );
    expect(jobs[0]?.input).toMatchObject({
      prompt: 'A boat, number 1',
      num_frames: 32,
      resolution: '480p',
      strength: 0.9,
    });
    const batch = await intake.context.db.prisma.batch.findUniqueOrThrow({ where: { id: batchId } });
    expect(batch.estimated_nano_usd).toBe(5n * 80_000_000n);
  });

  it('and leaves none of its bytes behind', async () => {
    await intake.import(goodCsv(3));

    expect(await intake.context.db.prisma.importChunk.count()).toBe(0);
  });

  it('that waits for a yes when asked to', async () => {
    expect((await intake.import(goodCsv(1), { start: 'confirm' })).state).toBe('awaiting_confirmation');
  });

  it.each([
    ['plain UTF-8', Buffer.from(`video_url,prompt\n${ROW}\n`)],
    ['a byte order mark', Buffer.from(`\uFEFFvideo_url,prompt\n${ROW}\n`)],
    ['UTF-16 little-endian', utf16le(`video_url,prompt\n${ROW}\n`)],
    ['UTF-16 big-endian', utf16be(`video_url,prompt\n${ROW}\n`)],
    ['CRLF', Buffer.from(`video_url,prompt\r\n${ROW}\r\n`)],
    ['CR alone', Buffer.from(`video_url,prompt\r${ROW}\r`)],
    ['no line end at its end', Buffer.from(`video_url,prompt\n${ROW}`)],
    ['semicolons', Buffer.from(`video_url;prompt\n${ROW.replace(',', ';')}\n`)],
    ['tabs', Buffer.from(`video_url\tprompt\n${ROW.replace(',', '\t')}\n`)],
    ['a sep= line', Buffer.from(`sep=;\r\nvideo_url;prompt\r\n${ROW.replace(',', ';')}\r\n`)],
    ['blank lines', Buffer.from(`\n\nvideo_url,prompt\n\n${ROW}\n\n`)],
  ])('from %s', async (_, file) => {
    const { state, jobs } = await intake.import(file);

    expect(state).toBe('in_progress');
    expect(jobs.map(({ input }) => input.prompt)).toEqual([PROMPT]);
  });

  it('from NDJSON', async () => {
    const rows = [
      { custom_id: 'a', input: { video_url: VIDEO, prompt: 'one' }, priority: 3, metadata: { shot: '1' } },
      { input: { video_url: VIDEO, prompt: 'two', seed: 7 }, retry: { max_attempts: 2 } },
    ];
    const { jobs, rejected } = await intake.import(`${rows.map((row) => JSON.stringify(row)).join('\n')}\nnot json\n`, {
      format: 'ndjson',
    });

    expect(jobs.map(({ line, customId }) => [line, customId])).toEqual([
      [1, 'a'],
      [2, null],
    ]);
    expect(rejected).toMatchObject([{ rowNo: 3, line: 3, code: 'not_json' }]);
  });

  it('keeping the line numbers of rows behind quoted line breaks', async () => {
    const file = `video_url,prompt\r\n${VIDEO},"two\r\nlines"\r\n${VIDEO},\r\n`;

    const { jobs, rejected } = await intake.import(file);

    expect(jobs.map(({ line }) => line)).toEqual([2]);
    expect(rejected).toMatchObject([{ line: 4, column: 'prompt', code: 'required' }]);
  });

  it('taking cells that look like formulas as the text they are', async () => {
    const { jobs } = await intake.import(`video_url,prompt\n${VIDEO},=1+1\n${VIDEO},'=x\n`);

    expect(jobs.map(({ input }) => input.prompt)).toEqual(['=1+1', "'=x"]);
  });

  it('under mapped headers, defaults and ignored columns', async () => {
    const { jobs } = await intake.import(`Clip,Text,Notes\n${VIDEO},hello,whatever\n`, {
      map: { Clip: 'video_url', Text: 'prompt', Notes: '' },
      defaults: { num_frames: '17', resolution: '480p' },
    });

    expect(jobs[0]?.input).toMatchObject({ video_url: VIDEO, prompt: 'hello', num_frames: 17, resolution: '480p' });
  });
});

describe('a bad row is rejected alone', () => {
  it.each([
    ['a missing prompt', `${VIDEO},,`, 'prompt', 'required'],
    ['a number out of range', `${VIDEO},x,162`, 'num_frames', 'out_of_range'],
    ['a number that is none', `${VIDEO},x,many`, 'num_frames', 'not_an_integer'],
    ['too many cells', `${VIDEO},a,32,b`, null, 'too_many_cells'],
    ['too few cells', `${VIDEO},a`, null, 'too_few_cells'],
    ['a NUL character', `${VIDEO},a\0b,32`, 'prompt', 'forbidden_character'],
    ['a cell of 10 MB', `${VIDEO},"${'x'.repeat(10_000_000)}",32`, 'prompt', 'cell_too_large'],
  ])('for %s, naming line and column', async (_, row, column, code) => {
    const file = `video_url,prompt,num_frames\n${VIDEO},first,32\n${row}\n${VIDEO},last,32\n`;

    const { state, jobs, rejected } = await intake.import(file);

    expect(state).toBe('in_progress');
    expect(jobs.map(({ line }) => line)).toEqual([2, 4]);
    expect(rejected).toMatchObject([{ rowNo: 2, line: 3, column, code }]);
  });

  it('for half of a surrogate pair in NDJSON', async () => {
    const row = `{"input":{"video_url":"${VIDEO}","prompt":"a \\ud800 b"}}`;

    const { rejected } = await intake.import(`${row}\n${row.replace('\\ud800', '')}\n`, { format: 'ndjson' });

    expect(rejected).toMatchObject([{ line: 1, column: 'prompt', code: 'forbidden_character' }]);
  });

  it('for a custom_id that an earlier row has, in this checkpoint or one long before', async () => {
    const lines = goodCsv(4_500).trimEnd().split('\n');
    const again = `r1,${VIDEO},again,32,480p`;
    const file = [...lines.slice(0, 3), again, ...lines.slice(3), again].join('\n');

    const { jobs, rejected } = await intake.import(file);

    expect(jobs).toHaveLength(4_500);
    expect(rejected).toMatchObject([
      { line: 4, column: 'custom_id', code: 'duplicate_custom_id' },
      { line: 4_503, column: 'custom_id', code: 'duplicate_custom_id' },
    ]);
    expect(rejected[1]?.message).toContain('line 2');
  });

  it('for a price above its own limit, with both amounts', async () => {
    const { rejected } = await intake.import(`video_url,prompt,max_cost\n${VIDEO},x,0.40\n${VIDEO},x,0.405\n`);

    expect(rejected).toMatchObject([{ line: 2, column: 'max_cost', code: 'max_cost_exceeded' }]);
    expect(rejected[0]?.message).toMatch(/\$0\.405.*\$0\.4\b/);
  });

  it('and the whole batch with it when the batch is strict', async () => {
    const { state, problem, jobs, rejected } = await intake.import(`${goodCsv(2_500)}r1,,,,\n`, { mode: 'strict' });

    expect({ state, code: problem?.code }).toEqual({ state: 'failed', code: 'rejected_rows' });
    expect(jobs).toEqual([]);
    expect(rejected).toHaveLength(1);
  });

  it('and a batch without any good row fails', async () => {
    const { state, problem, rejected } = await intake.import(`video_url,prompt\n${VIDEO},\n`);

    expect({ state, code: problem?.code, rejected: rejected.length }).toEqual({
      state: 'failed',
      code: 'no_valid_rows',
      rejected: 1,
    });
  });
});

describe('a fault of the file as a whole leaves no job', () => {
  it.each([
    ['an unclosed quote', `${goodCsv(4_000)}x,"${VIDEO},never\nclosed`, 'unclosed_quote', 4_002],
    ['a misplaced quote', `${goodCsv(4_000)}x,${VIDEO},a 6" wheel,32,480p\n`, 'misplaced_quote', 4_002],
    ['a quote followed by text', `${goodCsv(4_000)}x,${VIDEO},"a" wheel,32,480p\n`, 'misplaced_quote', 4_002],
  ])('for %s, naming its line', async (_, file, code, line) => {
    const { state, problem, jobs } = await intake.import(file);

    expect({ state, code: problem?.code, line: problem?.line }).toEqual({ state: 'failed', code, line });
    expect(jobs).toEqual([]);
    expect(await intake.context.db.prisma.importChunk.count()).toBe(0);
  });

  it('for a byte that is no UTF-8, naming its line and position', async () => {
    const good = Buffer.from(goodCsv(20_000));
    const at = 1_000_000;
    good[at] = 0xff;
    const line = good.subarray(0, at).toString().split('\n').length;

    const { state, problem, jobs } = await intake.import(good);

    expect({ state, code: problem?.code, line: problem?.line }).toEqual({
      state: 'failed',
      code: 'unreadable_encoding',
      line,
    });
    expect(problem?.message).toContain(`byte ${at + 1}`);
    expect(jobs).toEqual([]);
  });

  it('for a quote that swallows more than a record may hold', async () => {
    const { problem } = await intake.import(`${goodCsv(3)}x,"${'y'.repeat(17 * 1024 * 1024)}`);

    expect(problem).toMatchObject({ code: 'record_too_large', line: 5 });
  });
});
