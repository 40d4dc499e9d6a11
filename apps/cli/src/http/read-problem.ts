import { z } from 'zod';
import type { Problem } from '../cli-error.ts';

const problemBody = z.object({
  code: z.string(),
  title: z.string(),
  detail: z.string().optional(),
  request_id: z.string().optional(),
  errors: z
    .array(
      z.object({
        pointer: z.string().optional(),
        line: z.number().nullish(),
        column: z.string().nullish(),
        code: z.string().optional(),
        value: z.unknown().optional(),
        message: z.string(),
      }),
    )
    .optional(),
});

/** Reads `application/problem+json`; an answer from something in between (a proxy's page) keeps at least its status. */
export async function readProblem(response: Response): Promise<Problem> {
  const { status } = response;
  const parsed = problemBody.safeParse(await jsonOrNull(response));
  if (parsed.success) return { status, ...parsed.data };
  const request_id = response.headers.get('x-request-id') ?? undefined;
  const title = response.statusText === '' ? `HTTP ${status}` : `HTTP ${status} ${response.statusText}`;
  return { status, code: `http_${status}`, title, request_id };
}

async function jsonOrNull(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch {
    return null;
  }
}
