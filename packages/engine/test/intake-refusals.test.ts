import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { goodCsv, type Intake, openIntake, type SendOptions, VIDEO } from './intake-fixture.ts';

let intake: Intake;
beforeAll(async () => {
  intake = await openIntake();
});
afterAll(() => intake.close());

async function refusal(file: string | Uint8Array, options?: SendOptions) {
  const report = await intake.send(file, options);
  if (report.kind !== 'refused') throw new Error(`not refused: ${JSON.stringify(report)}`);
  const { prisma } = intake.context.db;
  expect([await prisma.upload.count(), await prisma.importChunk.count(), await prisma.batch.count()]).toEqual([
    0, 0, 0,
  ]);
  return report.problem;
}

describe('a file is refused at the door, and nothing of it stored,', () => {
  it.each([
    ['when it is empty', '', 422, 'empty_file', /at least one row/],
    ['when it is blank', ' \n\n', 422, 'empty_file', /header line/],
    ['when it has a header line only', 'video_url,prompt\n\n', 422, 'no_rows', /at least one row/],
    [
      'for a column nobody knows',
      `video_url,promt\n${VIDEO},x\n`,
      422,
      'unknown_column',
      /column 2 "promt".*Did you mean "prompt"\?/i,
    ],
    [
      'for a header in other words',
      `Video URL,prompt\n${VIDEO},x\n`,
      422,
      'unknown_column',
      /Did you mean "video_url"\?/,
    ],
    ['for a missing column', `video_url\n${VIDEO}\n`, 422, 'missing_column', /no column "prompt"/],
    [
      'for two columns of one name',
      `video_url,prompt,prompt\n${VIDEO},x,y\n`,
      422,
      'duplicate_column',
      /Columns 2 and 3/,
    ],
    ['for a column without a name', `video_url,prompt,\n${VIDEO},x,\n`, 422, 'unnamed_column', /Column 3/],
    [
      'for a header line that never ends',
      `"${'x'.repeat(300_000)}`,
      422,
      'record_too_large|header_too_long|unclosed_quote',
      /line/,
    ],
    [
      'for a delimiter that is not read',
      `sep=|\nvideo_url|prompt\n`,
      422,
      'unknown_delimiter',
      /comma, semicolon and tab/,
    ],
    [
      'for a byte that is no UTF-8',
      Buffer.from(`video_url,prompt\n${VIDEO},\xe9t\xe9\n`, 'latin1'),
      422,
      'unreadable_encoding',
      /byte 53, on line 2/,
    ],
    ['for UTF-16 without its mark', Buffer.from('video_url,prompt\n', 'utf16le'), 422, 'unreadable_encoding', /UTF-16/],
    ['when it is gzip', gzipSync(goodCsv(2)), 415, 'unsupported_file', /gzip.*Unpack/],
    ['when it is a workbook', Buffer.from('PK\x03\x04rest', 'latin1'), 415, 'unsupported_file', /Excel.*CSV UTF-8/],
  ])('%s', async (_, file, status, code, message) => {
    const problem = await refusal(file);

    expect(problem.status).toBe(status);
    expect(problem.code).toMatch(new RegExp(`^(${code})$`));
    expect(problem.message).toMatch(message);
  });

  it('when it is larger than allowed', async () => {
    const file = goodCsv(20_000);

    expect(await refusal(file, { maxBytes: 900_000 })).toMatchObject({ status: 413, code: 'file_too_large' });
    expect(await refusal(file, { maxBytes: 1_000 })).toMatchObject({ status: 413, code: 'file_too_large' });
  });

  it('with everything that is wrong with its header line at once', async () => {
    const { problems } = await refusal('promt,promt2,\nx,y,z\n');

    expect(problems.map(({ code, line }) => [code, line])).toEqual([
      ['unknown_column', 1],
      ['unknown_column', 1],
      ['unnamed_column', 1],
      ['missing_column', 1],
      ['missing_column', 1],
    ]);
  });

  it.each([
    ['a model nobody knows', { model: 'nope' }, '/model'],
    ['a default for no column', { defaults: { promt: 'x' } }, '/defaults/promt'],
    ['a default out of range', { defaults: { num_frames: '500' } }, '/defaults/num_frames'],
  ])('for %s, pointing at the option', async (_, options, pointer) => {
    const { status, problems } = await refusal(goodCsv(1), options);

    expect(status).toBe(422);
    expect(problems).toMatchObject([{ pointer }]);
  });

  it.each([
    ['a CSV', goodCsv(1), /text\/csv/],
    ['a JSON array', '[{"input":{}}]', /JSON array/],
    ['a row over several lines', '{\n"input":{}\n}', /one line/],
  ])('as NDJSON when it is %s', async (_, file, message) => {
    expect(await refusal(file, { format: 'ndjson' })).toMatchObject({
      status: 422,
      code: 'not_ndjson',
      message: expect.stringMatching(message),
    });
  });
});
