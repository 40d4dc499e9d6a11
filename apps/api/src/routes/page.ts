import type { JobStatus } from '@reelay/core';
import { given } from './answers.ts';

interface PageQuery {
  readonly limit: number;
  readonly after?: string | undefined;
  readonly before?: string | undefined;
}

export function pageOf({ limit, after, before }: PageQuery): { limit: number; after?: string; before?: string } {
  return { limit, ...given({ after, before }) };
}

interface JobFilterQuery {
  readonly status?: JobStatus[] | undefined;
  readonly custom_id?: string | undefined;
  readonly error_code?: string | undefined;
  readonly created_after?: string | undefined;
  readonly created_before?: string | undefined;
}

export function jobFilterOf(query: JobFilterQuery) {
  const moment = (text: string | undefined) => (text === undefined ? undefined : new Date(text));
  return given({
    statuses: query.status,
    customId: query.custom_id,
    errorCode: query.error_code,
    createdAfter: moment(query.created_after),
    createdBefore: moment(query.created_before),
  });
}
