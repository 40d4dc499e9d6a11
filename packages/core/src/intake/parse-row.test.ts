import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_MODEL_ID, findModel } from '../catalogue/catalogue.ts';
import type { Column } from './columns.ts';
import { planColumns } from './columns.ts';
import { modelFields } from './model-fields.ts';
import { parseCells } from './parse-cells.ts';
import { parseRowObject } from './parse-row-object.ts';
import type { RowDefaults, RowOutcome, RowPlan } from './row-plan.ts';
import { isStorable } from './row-problem.ts';

const model = findModel(DEFAULT_MODEL_ID);
if (!model) throw new Error('no default model');

const VIDEO = 'https://media.example.com/clip.mp4';
const NOW_MS = Date.UTC(2026, 10, 22);
const NONE: RowDefaults = {
  input: {},
  priority: 0,
  maxCostNanoUsd: null,
  maxAttempts: 3,
  callbackUrl: null,
  metadata: {},
};
const planWith = (defaults: Partial<RowDefaults> = {}): RowPlan => ({
  model,
  defaults: { ...NONE, ...defaults },
  nowMs: NOW_MS,
});

function columnsOf(headers: readonly string[], map: Record<string, string> = {}): readonly Column[] {
  const planned = planColumns(headers, { model: model ?? never(), map, given: new Set(['video_url', 'prompt']) });
  return planned.kind === 'planned' ? planned.columns : never();
}

function never(): never {
  throw new Error('the test asks for what cannot be');
}

/** One row of a file with these columns, beside a good video_url and prompt. */
function cells(row: Record<string, string>, defaults?: Partial<RowDefaults>): RowOutcome {
  const whole = { video_url: VIDEO, prompt: 'a boat', ...row };
  return parseCells(planWith(defaults), columnsOf(Object.keys(whole)), Object.values(whole));
}

const object = (row: unknown, defaults?: Partial<RowDefaults>) => parseRowObject(planWith(defaults), row);
const jobOf = (outcome: RowOutcome) => (outcome.kind === 'job' ? outcome.row : never());
const faultsOf = (outcome: RowOutcome) =>
  outcome.kind === 'rejected' ? outcome.problems.map(({ column, code }) => [column, code]) : [];

describe('a cell', () => {
  it.each([
    ['num_frames', '17', 17],
    ['num_frames', ' 81 ', 81],
    ['seed', '+7', 7],
    ['strength', '0.5', 0.5],
    ['strength', '.5', 0.5],
    ['strength', '5e-1', 0.5],
    ['resample_fps', 'TRUE', true],
    ['resample_fps', 'Yes', true],
    ['resample_fps', '1', true],
    ['resample_fps', 'no', false],
    ['resample_fps', '0', false],
    ['resolution', '480p', '480p'],
    ['negative_prompt', ' kept as it is ', ' kept as it is '],
  ])('of %s reads "%s" as %s', (field, cell, value) => {
    expect(jobOf(cells({ [field]: cell })).input[field]).toBe(value);
  });

  it.each([
    ['num_frames', 'many', 'not_an_integer'],
    ['num_frames', '81.5', 'not_an_integer'],
    ['num_frames', '0x51', 'not_an_integer'],
    ['num_frames', '16', 'out_of_range'],
    ['seed', '99999999999999999999', 'out_of_range'],
    ['strength', '0,5', 'not_a_number'],
    ['strength', 'NaN', 'not_a_number'],
    ['strength', '1.1', 'out_of_range'],
    ['resample_fps', 'perhaps', 'not_a_boolean'],
    ['resolution', '480P', 'not_an_option'],
    ['resolution', '4k', 'not_an_option'],
    ['video_url', 'ftp://example.com/a.mp4', 'invalid_url'],
    ['video_url', 'clip.mp4', 'invalid_url'],
    ['video_url', ' ', 'required'],
    ['prompt', '', 'required'],
    ['prompt', 'x'.repeat(10_001), 'too_long'],
    ['prompt', 'x'.repeat(65_537), 'cell_too_large'],
    ['prompt', 'a\0b', 'forbidden_character'],
    ['prompt', 'a\ud800b', 'forbidden_character'],
    ['priority', '101', 'invalid_priority'],
    ['priority', 'high', 'invalid_priority'],
    ['max_cost', '-1', 'invalid_max_cost'],
    ['max_cost', '0.0000000001', 'invalid_max_cost'],
    ['max_cost', '0.404999999', 'max_cost_exceeded'],
    ['custom_id', 'x'.repeat(257), 'invalid_custom_id'],
    ['output_name', '../../etc/passwd', 'invalid_output_name'],
    ['callback_url', 'example.com', 'invalid_url'],
    ['retry.max_attempts', '11', 'invalid_max_attempts'],
    ['metadata.k', 'x'.repeat(513), 'invalid_metadata'],
  ])('of %s that says "%s" is rejected alone, as %s', (field, cell, code) => {
    expect(faultsOf(cells({ [field]: cell }))).toEqual([[field, code]]);
  });

  it('that is empty means the default: the batch’s before the model’s', () => {
    const row = jobOf(
      cells({ num_frames: '', resolution: ' ', priority: '' }, { input: { num_frames: 33 }, priority: 4 }),
    );

    expect(row).toMatchObject({ input: { num_frames: 33, resolution: '720p' }, priority: 4 });
  });

  it('outranks the batch’s default', () => {
    const row = jobOf(
      cells({ num_frames: '34', 'metadata.k': 'own' }, { input: { num_frames: 33 }, metadata: { k: 'batch' } }),
    );

    expect(row).toMatchObject({ input: { num_frames: 34 }, metadata: { k: 'own' } });
  });

  it('in a mapped column is named by the file’s own header', () => {
    const columns = columnsOf(['Frames', 'video_url', 'prompt'], { Frames: 'num_frames' });

    expect(faultsOf(parseCells(planWith(), columns, ['500', VIDEO, 'x']))).toEqual([['Frames', 'out_of_range']]);
  });
});

describe('a row', () => {
  it('is complete and priced when it is good', () => {
    const row = jobOf(cells({ custom_id: ' a ', output_name: 'boat.mp4', max_cost: '0.405', 'metadata.shot': '7' }));

    expect(row).toMatchObject({
      customId: 'a',
      outputName: 'boat.mp4',
      maxCostNanoUsd: 405_000_000n,
      estimatedNanoUsd: 405_000_000n,
      priceVersion: '2026-05-01',
      maxAttempts: 3,
      metadata: { shot: '7' },
    });
    expect(Object.keys(row.input)).toHaveLength(22);
  });

  it('names every fault at once', () => {
    expect(faultsOf(cells({ video_url: '', num_frames: 'x', priority: '1.5' }))).toEqual([
      ['num_frames', 'not_an_integer'],
      ['priority', 'invalid_priority'],
      ['video_url', 'required'],
    ]);
  });

  it.each([
    [1, 'too_few_cells'],
    [3, 'too_many_cells'],
  ])('of %s cells under two headers is rejected whole', (count, code) => {
    const outcome = parseCells(planWith(), columnsOf(['video_url', 'prompt']), Array(count).fill(VIDEO));

    expect(faultsOf(outcome)).toEqual([[null, code]]);
  });

  it('says what is wrong, with what, and what to do', () => {
    const outcome = cells({ num_frames: '500' });

    expect(outcome.kind === 'rejected' && outcome.problems[0]?.message).toBe(
      'num_frames must be a whole number from 17 to 161, not 500. Correct it, or leave it empty for the default (81).',
    );
  });
});

describe('a row object', () => {
  const input = { video_url: VIDEO, prompt: 'a boat' };

  it('may carry everything that a row can', () => {
    const row = { custom_id: 'a', input, priority: -5, max_cost: '1', output_name: 'a.mp4', metadata: { k: 'v' } };

    expect(jobOf(object({ ...row, retry: { max_attempts: 2 }, callback_url: VIDEO }))).toMatchObject({
      customId: 'a',
      priority: -5,
      maxCostNanoUsd: 1_000_000_000n,
      maxAttempts: 2,
      callbackUrl: VIDEO,
    });
  });

  it.each([
    ['text', 'x', [[null, 'not_an_object']]],
    ['a list', [input], [[null, 'not_an_object']]],
    [
      'an input that is none',
      { input: 'x' },
      [
        ['input', 'not_an_object'],
        ['video_url', 'required'],
        ['prompt', 'required'],
      ],
    ],
    ['a field beside input', { input, prompt: 'x' }, [['prompt', 'unknown_field']]],
    ['a field the model lacks', { input: { ...input, promt: 'x' } }, [['promt', 'unknown_field']]],
    ['a number as text', { input: { ...input, num_frames: '81' } }, [['num_frames', 'not_an_integer']]],
    ['a cost as number', { input, max_cost: 0.5 }, [['max_cost', 'invalid_max_cost']]],
    ['a metadata value that is no text', { input, metadata: { k: 1 } }, [['metadata.k', 'invalid_metadata']]],
    ['a retry that is no object', { input, retry: 3 }, [['retry', 'not_an_object']]],
    ['too many attempts', { input, retry: { max_attempts: 11 } }, [['retry.max_attempts', 'invalid_max_attempts']]],
    ['half of a surrogate pair', { input: { ...input, prompt: '\udfff' } }, [['prompt', 'forbidden_character']]],
  ])('with %s is rejected for just that', (_, row, faults) => {
    expect(faultsOf(object(row))).toEqual(faults);
  });

  it('counts metadata keys with the batch’s own', () => {
    const metadata = Object.fromEntries(Array.from({ length: 16 }, (_, i) => [`k${i}`, 'v']));

    expect(object({ input, metadata }).kind).toBe('job');
    expect(faultsOf(object({ input, metadata }, { metadata: { more: 'v' } }))).toEqual([
      [null, 'too_many_metadata_keys'],
    ]);
  });

  it('keeps a metadata key that is called __proto__ as a key', () => {
    const { metadata } = jobOf(object(JSON.parse(`{"input":${JSON.stringify(input)},"metadata":{"__proto__":"x"}}`)));

    expect(Object.entries(metadata)).toEqual([['__proto__', 'x']]);
  });

  it('nested beyond reason is rejected', () => {
    let deep: unknown = 'x';
    for (let i = 0; i < 100_000; i++) deep = [deep];

    expect(object({ input: { ...input, prompt: deep } }).kind).toBe('rejected');
    expect(object(deep).kind).toBe('rejected');
  });
});

/** Whatever comes in: a job that satisfies the model's schema and is storable, or at least one problem that is. */
function expectSound(outcome: RowOutcome): void {
  if (outcome.kind === 'job') {
    expect(model?.input.safeParse(outcome.row.input).success).toBe(true);
    expect(outcome.row.maxCostNanoUsd === null || outcome.row.estimatedNanoUsd <= outcome.row.maxCostNanoUsd).toBe(
      true,
    );
    expect(isStorable(Object.values(outcome.row.input).join(''))).toBe(true);
    return;
  }
  expect(outcome.problems.length).toBeGreaterThan(0);
  for (const { message, value, column } of outcome.problems) {
    expect(isStorable(message + value + column)).toBe(true);
    expect((value ?? '').length).toBeLessThanOrEqual(200);
  }
}

describe('parsing never throws, and every row is a job or says what is wrong,', () => {
  const fields = [...modelFields(model).keys()];
  const headers = [...fields, 'custom_id', 'priority', 'max_cost', 'output_name', 'metadata.k'];
  const anyText = fc.string({ unit: 'binary', maxLength: 20 });
  const likelyCell = fc.constantFrom('', '1', '17', '0.5', 'true', '480p', 'auto', 'none', VIDEO, 'a boat', '\0', '-0');
  const anyCell = fc.oneof(likelyCell, anyText, fc.double().map(String));

  it('for any cells', () => {
    const columns = columnsOf(headers);
    fc.assert(
      fc.property(fc.array(anyCell, { minLength: headers.length - 1, maxLength: headers.length + 1 }), (row) =>
        expectSound(parseCells(planWith(), columns, row)),
      ),
    );
  });

  it('for any JSON', () => {
    fc.assert(fc.property(fc.anything(), (row) => expectSound(object(row))));
  });

  it('for objects that are nearly rows', () => {
    const anyValue = fc.oneof(
      anyCell,
      fc.integer(),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.object({ maxDepth: 2 }),
    );
    const nearlyInput = fc.dictionary(fc.constantFrom(...fields, 'unknown'), anyValue);
    const nearlyRow = fc.record(
      {
        input: fc.oneof(
          nearlyInput,
          fc.record({ video_url: fc.constant(VIDEO), prompt: anyCell, num_frames: anyValue }),
        ),
        custom_id: anyValue,
        priority: anyValue,
        max_cost: anyValue,
        metadata: fc.oneof(anyValue, fc.dictionary(anyText, anyValue)),
        retry: anyValue,
      },
      { requiredKeys: [] },
    );

    fc.assert(fc.property(nearlyRow, (row) => expectSound(object(row))));
  });
});
