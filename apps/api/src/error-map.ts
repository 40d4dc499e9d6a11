/** The one table from what verbs, Fastify and its plugins say to what a client is told. */
import { ERROR_CODES, type ErrorCode, type Problem, type ProblemDetail } from '@reelay/contract';
import { ClaimLost, isUnavailable, type SteerReport } from '@reelay/engine';
import { redactText } from '@reelay/runtime';
import type { FastifyRequest } from 'fastify';
import { hasZodFastifySchemaValidationErrors } from 'fastify-type-provider-zod';
import { ProblemError } from './problem-error.ts';
import { validationProblem } from './validation-problem.ts';

export const notFound = (what: string) =>
  new ProblemError('not_found', `there is no such ${what}; check the id and that the API key belongs to its project`);

type Refusal =
  | Exclude<SteerReport, { kind: 'done' }>
  | { readonly kind: 'invalid'; readonly problems: readonly RowProblemLike[] };

interface RowProblemLike {
  readonly pointer: string;
  readonly code: string;
  readonly value?: unknown;
  readonly message: string;
}

/** What a verb refused, as a problem. */
export function refusal(report: Refusal, what: 'job' | 'batch' | 'webhook endpoint' | 'API key'): ProblemError {
  switch (report.kind) {
    case 'not_found':
      return notFound(what);
    case 'refused':
      return new ProblemError(report.code, report.message);
    case 'invalid':
      return invalid(report.problems);
  }
}

export function invalid(problems: readonly RowProblemLike[]): ProblemError {
  const errors: ProblemDetail[] = problems.map(({ pointer, code, value, message }) => ({
    pointer,
    code,
    value,
    message,
  }));
  const [first] = errors;
  const detail = first ? `${first.pointer ?? ''}: ${first.message}` : 'the request is not valid';
  return new ProblemError('validation_failed', detail, { errors });
}

interface RefusedFileLike {
  readonly status: 413 | 415 | 422;
  readonly message: string;
  readonly problems: readonly ProblemDetail[];
}

const FILE_CODES = { 413: 'too_large', 415: 'unsupported_media_type', 422: 'invalid_file' } as const;

/** What an upload's verb says of the file, or of the options that came with it. */
export function refusedFile({ status, message, problems }: RefusedFileLike): ProblemError {
  const isAboutOptions = problems.some(({ pointer }) => pointer !== undefined);
  const errors = problems.map(({ pointer, line, column, code, value, message: text }) =>
    pointer === undefined ? { line, column, code, value, message: text } : { pointer, code, value, message: text },
  );
  return new ProblemError(isAboutOptions ? 'validation_failed' : FILE_CODES[status], message, { errors });
}

export const unknownCursor = (cursor: 'after' | 'before') =>
  invalid([
    {
      pointer: `/${cursor}`,
      code: 'unknown_cursor',
      message: 'names nothing in this list; take it from first_id or last_id',
    },
  ]);

const RETRY_SECONDS = { 'retry-after': '5' };

export const unavailable = (detail: string) => new ProblemError('unavailable', detail, { headers: RETRY_SECONDS });

/** Fastify's and its plugins' own errors. */
const FRAMEWORK_ERRORS: Readonly<Record<string, { readonly code: ErrorCode; readonly detail: string }>> = {
  FST_ERR_BAD_URL: { code: 'bad_request', detail: 'the path is not a valid URL path; percent-encode it' },
  FST_ERR_CTP_BODY_TOO_LARGE: { code: 'too_large', detail: 'the body is larger than this call takes' },
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: { code: 'bad_request', detail: 'Content-Length and the body do not agree' },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: 'unsupported_media_type',
    detail: 'the content type is not one that this call takes; see /docs',
  },
  FST_ERR_CTP_EMPTY_TYPE: { code: 'unsupported_media_type', detail: 'a body needs a Content-Type header' },
  FST_ERR_MAX_PARAM_LENGTH: { code: 'not_found', detail: 'there is nothing with an id of that length; check the id' },
  FST_ERR_VALIDATION: { code: 'validation_failed', detail: 'the request is not valid' },
  FST_REQ_FILE_TOO_LARGE: { code: 'too_large', detail: 'the file is larger than this call takes' },
  FST_FILES_LIMIT: { code: 'validation_failed', detail: 'send exactly one file, as the field "file"' },
  FST_FIELDS_LIMIT: { code: 'validation_failed', detail: 'send options in the query and one field: "file"' },
  FST_PARTS_LIMIT: { code: 'validation_failed', detail: 'send exactly one file, as the field "file"' },
  FST_INVALID_MULTIPART_CONTENT_TYPE: {
    code: 'unsupported_media_type',
    detail: 'the multipart body names no boundary',
  },
  FST_ERR_REOPENED_CLOSE_SERVER: { code: 'unavailable', detail: 'the server is stopping; try again' },
};

/** Any error that reached the door, as what the client is told. What isn't known is a plain 500. */
export function toProblemError(error: unknown, request: FastifyRequest): ProblemError {
  if (error instanceof ProblemError) return error;
  if (hasZodFastifySchemaValidationErrors(error)) return validationProblem(error);
  if (error instanceof ClaimLost) return inProgress();
  if (isUnavailable(error)) return unavailable('the database cannot be reached at the moment; try again');
  const code = typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : '';
  if (code === 'FST_ERR_HANDLER_TIMEOUT') return timedOut(request);
  const known = FRAMEWORK_ERRORS[code];
  if (known) return new ProblemError(known.code, known.detail);
  if (statusOf(error) === 400) return new ProblemError('bad_request', 'the request cannot be read');
  return new ProblemError('internal_error', 'internal error; it is logged under the request id');
}

function timedOut(request: FastifyRequest): ProblemError {
  if (request.raw.complete) return unavailable('the answer took too long; try again');
  return new ProblemError('request_timeout', 'the request took too long to arrive', {
    headers: { connection: 'close' },
  });
}

export const inProgress = () =>
  new ProblemError('idempotency_in_progress', 'the first request with this key has not been answered yet; ask again', {
    headers: { 'retry-after': '1' },
  });

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('statusCode' in error)) return undefined;
  return typeof error.statusCode === 'number' ? error.statusCode : undefined;
}

export function toProblem(error: ProblemError, request: { readonly id: string; readonly url: string }): Problem {
  const { status, title } = ERROR_CODES[error.code];
  return {
    type: `urn:reelay:problem:${error.code}`,
    title,
    status,
    detail: error.message,
    instance: redactText(request.url.split('?', 1)[0] ?? ''),
    code: error.code,
    request_id: request.id,
    errors: [...error.errors],
  };
}
