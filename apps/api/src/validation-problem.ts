import type { ProblemDetail } from '@reelay/contract';
import { ProblemError } from './problem-error.ts';

const ERRORS_MAX = 100;

interface SchemaErrors {
  readonly validation: readonly {
    readonly instancePath: string;
    readonly keyword: string;
    readonly message?: string;
    readonly params: object;
  }[];
  readonly validationContext?: string;
}

const PLACES: Readonly<Record<string, string>> = {
  body: 'body',
  querystring: 'query',
  params: 'path',
  headers: 'header',
};

/** What a request's schema says against it, one entry per place. */
export function validationProblem(error: SchemaErrors): ProblemError {
  const place = PLACES[error.validationContext ?? ''] ?? 'request';
  const errors = error.validation.slice(0, ERRORS_MAX).flatMap(toDetails);
  const [first] = errors;
  const where = first?.pointer ? ` at ${first.pointer}` : '';
  return new ProblemError('validation_failed', `${place}${where}: ${first?.message ?? 'not valid'}`, { errors });
}

function toDetails({
  instancePath,
  keyword,
  message = 'not valid',
  params,
}: SchemaErrors['validation'][number]): ProblemDetail[] {
  const pointer = instancePath === '/' ? '' : instancePath;
  if (keyword === 'unrecognized_keys') {
    return unknownKeys(params).map((key) => ({
      pointer: `${pointer}/${escapePointer(key)}`,
      code: 'unknown_field',
      message: `"${key}" is not known here; remove it or correct its name`,
    }));
  }
  return [{ pointer, code: keyword, message }];
}

function unknownKeys(params: object): string[] {
  const issue: unknown = 'issue' in params ? params.issue : params;
  const keys = typeof issue === 'object' && issue !== null && 'keys' in issue ? issue.keys : [];
  return Array.isArray(keys) ? keys.map(String) : [];
}

function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
