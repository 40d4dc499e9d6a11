// Turns a failed zod parse into the `detail` array fal's models answer with: pydantic's types and wording.
import type { z } from 'zod';
import type { ErrorDetail } from './model.ts';

type Issue = z.core.$ZodIssue;

const EXPECTED: Readonly<Record<string, { type: string; noun: string }>> = {
  string: { type: 'string_type', noun: 'string' },
  number: { type: 'float_type', noun: 'number' },
  int: { type: 'int_from_float', noun: 'integer' },
  boolean: { type: 'bool_type', noun: 'boolean' },
  object: { type: 'model_attributes_type', noun: 'dictionary or object to extract fields from' },
};

export function modelError(
  type: string,
  msg: string,
  loc: readonly (string | number)[] = ['body'],
  extra: Pick<ErrorDetail, 'ctx' | 'input'> = {},
): ErrorDetail {
  return { loc, msg, type, url: `https://docs.fal.ai/errors/#${type}`, ...extra };
}

export function toErrorDetail(error: z.ZodError, input: unknown): ErrorDetail[] {
  return error.issues.map((issue) => describeIssue(issue, input));
}

function describeIssue(issue: Issue, input: unknown): ErrorDetail {
  const field = issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part));
  const loc = ['body', ...field];
  const value = field.reduce<unknown>(
    (at, part) => (at as Record<string | number, unknown> | undefined)?.[part],
    input,
  );
  if (value === undefined) return modelError('missing', 'Field required', loc, { input });
  switch (issue.code) {
    case 'invalid_type': {
      const expected = EXPECTED[issue.expected] ?? { type: 'value_error', noun: String(issue.expected) };
      return modelError(expected.type, `Input should be a valid ${expected.noun}`, loc, { input: value });
    }
    case 'invalid_value': {
      const expected = issue.values.map((allowed) => `'${String(allowed)}'`).join(', ');
      return modelError('literal_error', `Input should be ${expected}`, loc, { ctx: { expected }, input: value });
    }
    case 'too_small': {
      const ge = Number(issue.minimum);
      const msg = `Input should be greater than or equal to ${ge}`;
      return modelError('greater_than_equal', msg, loc, { ctx: { ge }, input: value });
    }
    case 'too_big': {
      const le = Number(issue.maximum);
      const msg = `Input should be less than or equal to ${le}`;
      return modelError('less_than_equal', msg, loc, { ctx: { le }, input: value });
    }
    default:
      return modelError('value_error', issue.message, loc, { input: value });
  }
}
