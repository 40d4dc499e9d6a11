import { JOB_STATUSES } from '@reelay/core';
import { z } from 'zod';
import { listSchema } from '../list.ts';
import { knownUsdSchema, maybeUsdSchema } from '../money.ts';
import { idSchema, timeSchema } from '../text.ts';

export const jobStatusSchema = z.enum(JOB_STATUSES);

/**
 * Where a cost stands. `charged` is null while nothing was settled and includes what fal's bill has adjusted; `billed` is
 * null until something of fal's bill is known.
 */
export const jobCostSchema = z
  .object({
    estimated: knownUsdSchema,
    reserved: knownUsdSchema,
    charged: maybeUsdSchema,
    billed: maybeUsdSchema,
  })
  .meta({ id: 'JobCost' });

export const jobErrorSchema = z
  .object({
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    billed: z.enum(['no', 'maybe', 'yes']),
    provider: z
      .object({ status: z.int().optional(), type: z.string().optional(), message: z.string().optional() })
      .optional()
      .meta({ description: 'What fal said.' }),
  })
  .meta({ id: 'JobError' });
export type JobError = z.infer<typeof jobErrorSchema>;

export const jobSchema = z
  .object({
    id: idSchema('job'),
    object: z.literal('job'),
    batch_id: z.string().nullable(),
    custom_id: z.string().nullable(),
    line: z.int().nullable().meta({ description: 'The line of the file that it came from.' }),
    model: z.string(),
    status: jobStatusSchema,
    status_detail: z.string().nullable(),
    input: z.record(z.string(), z.unknown()),
    output: z.record(z.string(), z.unknown()).nullable().meta({ description: "fal's own output, unchanged." }),
    error: jobErrorSchema.nullable(),
    cost: jobCostSchema,
    run: z.int().meta({ description: 'How often it was opened: 1, and one more with every retry.' }),
    attempts: z.int(),
    retry: z.object({ max_attempts: z.int() }),
    fal_request_id: z.string().nullable(),
    priority: z.int(),
    max_cost: maybeUsdSchema,
    output_name: z.string().nullable(),
    callback_url: z.string().nullable(),
    metadata: z.record(z.string(), z.unknown()),
    not_before: timeSchema.nullable(),
    cancel_requested_at: timeSchema.nullable(),
    review_at: timeSchema.nullable().meta({
      description:
        'Since when it waits, or waited, in needs_review; after a week there it is failed with billed: maybe.',
    }),
    created_at: timeSchema,
    started_at: timeSchema.nullable(),
    finished_at: timeSchema.nullable(),
  })
  .meta({ id: 'Job' });
export type Job = z.infer<typeof jobSchema>;

export const jobListSchema = listSchema('JobList', jobSchema);
export type JobList = z.infer<typeof jobListSchema>;
