import { describe, expect, it } from 'vitest';
import { DEFAULT_MODEL_ID, findModel } from '../catalogue/catalogue.ts';
import { type ColumnNaming, planColumns, targetOf } from './columns.ts';
import { ROW_FIELD_NAMES } from './row-fields.ts';

const model = findModel(DEFAULT_MODEL_ID);
if (!model) throw new Error('no default model');

const plan = (headers: string[], options?: Omit<ColumnNaming, 'model'>) => planColumns(headers, { model, ...options });
const NEEDED = ['video_url', 'prompt'];

function targets(headers: string[], options?: Omit<ColumnNaming, 'model'>) {
  const planned = plan(headers, options);
  if (planned.kind === 'refused') throw new Error(planned.problems.map(({ message }) => message).join(' '));
  return planned.columns.map(targetOf);
}

function problems(headers: string[], options?: Omit<ColumnNaming, 'model'>) {
  const planned = plan(headers, options);
  return planned.kind === 'refused' ? planned.problems : [];
}

describe('a header is', () => {
  it('any field of the model, a field of the row, or metadata', () => {
    const headers = [...NEEDED, 'seed', 'custom_id', 'priority', 'max_cost', 'output_name', 'metadata.shot no'];

    expect(targets(headers)).toEqual(headers);
  });

  it('whatever a row object may say of itself', () => {
    expect(ROW_FIELD_NAMES).toContain('retry.max_attempts');
    expect(targets([...NEEDED, ...ROW_FIELD_NAMES])).toEqual([...NEEDED, ...ROW_FIELD_NAMES]);
  });

  it('read without the spaces around it', () => {
    expect(targets([' video_url', 'prompt '])).toEqual(NEEDED);
  });

  it('what it is mapped to, or nothing', () => {
    const map = { Clip: 'video_url', Text: 'prompt', Shot: 'metadata.shot', Notes: '' };

    expect(targets(['Clip', 'Text', 'Shot', 'Notes'], { map })).toEqual([...NEEDED, 'metadata.shot', 'ignored']);
  });

  it('read over when an errors file added it, but nothing else that begins with an underscore', () => {
    const added = ['_line', '_column', '_code', '_value', '_message'];

    expect(targets([...NEEDED, ...added]).slice(2)).toEqual(added.map(() => 'ignored'));
    expect(problems([...NEEDED, '_job_id'])).toMatchObject([{ code: 'unknown_column', index: 3 }]);
  });
});

describe('columns are refused', () => {
  it.each([
    ['promt', 'prompt'],
    ['Video URL', 'video_url'],
    ['videourl', 'video_url'],
    ['num_frame', 'num_frames'],
    ['porridge', null],
    ['x', null],
  ])('for the unknown name %s, suggesting %s', (header, suggestion) => {
    const [problem] = problems([...NEEDED.filter((name) => name !== suggestion), header]);

    expect(problem?.code).toBe('unknown_column');
    if (suggestion === null) expect(problem?.message).not.toContain('Did you mean');
    else expect(problem?.message).toContain(`Did you mean "${suggestion}"?`);
  });

  it.each([
    ['a name that comes twice', [...NEEDED, 'seed', 'seed'], {}, 'duplicate_column'],
    ['two names for one thing', [...NEEDED, 'Clip'], { map: { Clip: 'video_url' } }, 'duplicate_column'],
    ['a column without a name', [...NEEDED, ' '], {}, 'unnamed_column'],
    ['a missing column that every row needs', ['prompt'], {}, 'missing_column'],
    ['a mapping of a column that is not there', NEEDED, { map: { Clp: '' } }, 'unknown_mapping'],
    ['a mapping to nothing known', [...NEEDED, 'X'], { map: { X: 'promt' } }, 'unknown_column'],
    ['metadata without a key', [...NEEDED, 'metadata.'], {}, 'unknown_column'],
    ['a name that cannot be stored', [...NEEDED, 'a\0'], { map: { 'a\0': '' } }, 'unknown_column'],
    ['more columns than anyone needs', Array.from({ length: 257 }, (_, i) => `c${i}`), {}, 'too_many_columns'],
  ])('for %s', (_, headers, options, code) => {
    expect(problems(headers, options).map((problem) => problem.code)).toEqual([code]);
  });

  it('not for a missing one that has a default', () => {
    expect(targets(['prompt'], { given: new Set(['video_url']) })).toEqual(['prompt']);
  });

  it('with everything that is wrong at once', () => {
    expect(problems(['promt', '', 'seed', 'seed']).map(({ code }) => code)).toEqual([
      'unknown_column',
      'unnamed_column',
      'duplicate_column',
      'missing_column',
      'missing_column',
    ]);
  });
});
