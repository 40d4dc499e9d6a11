import { describe, expect, test } from 'vitest';
import { CliError, errorFromProblem } from '../cli-error.ts';
import { EXIT } from '../exit-codes.ts';
import { errorDocument, errorLines } from './report-error.ts';

const plain = (_style: string, text: string) => text;
const refused = errorFromProblem({
  status: 422,
  code: 'invalid_file',
  title: 'The file cannot be read',
  detail: 'The header has a column that is not known.',
  request_id: 'req_1',
  errors: [{ line: 1, column: 'Clip', code: 'unknown_column', value: 'Clip', message: 'is not a field of the model' }],
});

describe('an error', () => {
  test('says what, where, which request', () => {
    expect(errorLines(refused, plain)).toEqual([
      'error: invalid_file: The header has a column that is not known.',
      '  line 1, column Clip: is not a field of the model (found "Clip")',
      '  request req_1',
    ]);
  });

  test('says what to do next', () => {
    expect(errorLines(new CliError('no', { next: 'run "npm start"' }), plain).at(-1)).toBe('next: run "npm start"');
  });

  test('names a place in a JSON body by its pointer', () => {
    const error = errorFromProblem({
      status: 422,
      code: 'validation_failed',
      title: 'no',
      errors: [{ pointer: '/cap', message: 'must be dollars' }],
    });
    expect(errorLines(error, plain)[1]).toBe('  /cap: must be dollars');
  });

  test('never lets a cell steer the terminal', () => {
    const errors = [{ line: 2, column: 'a\u001b[2J', value: '\u001b]0;x\u0007', message: 'bad\u001b[31m' }];
    const text = errorLines(errorFromProblem({ status: 422, code: 'x', title: 'x', errors }), plain).join('');
    expect(text).not.toMatch(new RegExp(String.fromCharCode(27)));
  });

  test('lists ten details and counts the others', () => {
    const errors = Array.from({ length: 25 }, (_, n) => ({ line: n, message: 'bad' }));
    const lines = errorLines(errorFromProblem({ status: 422, code: 'x', title: 'x', errors }), plain);
    expect(lines).toHaveLength(12);
    expect(lines.at(-1)).toBe('  … and 15 more');
  });

  test('is one document for a program, with the exit code', () => {
    expect(errorDocument(refused)).toMatchObject({
      error: { code: 'invalid_file', status: 422, request_id: 'req_1', exit_code: EXIT.badInput },
    });
  });

  test('without a problem carries the name of its exit code', () => {
    expect(errorDocument(new CliError('away', { exitCode: EXIT.unreachable }))).toMatchObject({
      error: { code: 'unreachable', exit_code: 6 },
    });
  });
});
