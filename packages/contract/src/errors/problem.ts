import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from './error-codes.ts';

const CODES = Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]];

/** One thing that is wrong: a place in the JSON body or query (`pointer`), or in a file (`line`, `column`). */
export const problemDetailSchema = z
  .object({
    pointer: z.string().optional().meta({ description: 'RFC 6901, into the body, query or path.' }),
    line: z.int().nullable().optional(),
    column: z.string().nullable().optional(),
    code: z.string(),
    value: z.unknown().optional().meta({ description: 'What was sent there, shortened.' }),
    message: z.string(),
  })
  .meta({ id: 'ProblemDetail' });
export type ProblemDetail = z.infer<typeof problemDetailSchema>;

export const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.enum(CODES),
    request_id: z.string(),
    errors: z.array(problemDetailSchema),
  })
  .meta({ id: 'Problem', description: 'An error as RFC 9457 describes it (application/problem+json).' });
export type Problem = z.infer<typeof problemSchema>;
