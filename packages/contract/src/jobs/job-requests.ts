import { JOB_STATUSES } from '@reelay/core';
import { z } from 'zod';
import { pageQuery, rowPageQuery } from '../list.ts';
import { usdSchema } from '../money.ts';
import { callbackUrlSchema, metadataSchema } from '../text.ts';
import { jobStatusSchema } from './job.ts';

export const CUSTOM_ID_LENGTH_MAX = 256;

export const inputSchema = z
  .record(z.string(), z.unknown())
  .meta({ description: "The model's input, as /v1/models describes it." });
export const prioritySchema = z.int().min(-100).max(100).meta({ description: 'Higher goes first.' });
export const customIdSchema = z.string().min(1).max(CUSTOM_ID_LENGTH_MAX);
export const retrySchema = z.strictObject({ max_attempts: z.int().min(1).max(10) });

/** What a row of an inline batch and a single job have in common. */
export const jobFields = {
  input: inputSchema,
  custom_id: customIdSchema.optional(),
  priority: prioritySchema.optional(),
  max_cost: usdSchema.optional().meta({
    description:
      'Most that all attempts of the job may cost, retries included. A job that costs more at list price is refused; one that another attempt could take over it fails with `max_cost_exceeded`.',
  }),
  retry: retrySchema.optional(),
  output_name: z.string().min(1).max(255).optional(),
  callback_url: callbackUrlSchema.optional(),
  metadata: metadataSchema.optional(),
};

export const createJobSchema = z.strictObject({ model: z.string().optional(), ...jobFields }).meta({ id: 'CreateJob' });
export type CreateJob = z.input<typeof createJobSchema>;

export const cancelJobSchema = z.strictObject({}).meta({ id: 'CancelJob' });

export const retryJobSchema = z
  .strictObject({
    input: inputSchema.optional().meta({ description: 'Fields to change; the others stay.' }),
    accept_double_charge: z.boolean().optional(),
  })
  .meta({ id: 'RetryJob' });
export type RetryJob = z.input<typeof retryJobSchema>;

export const resolveJobSchema = z
  .discriminatedUnion('action', [
    z.strictObject({ action: z.literal('resubmit') }),
    z.strictObject({ action: z.literal('fail') }),
    z.strictObject({
      action: z.literal('adopt'),
      request_id: z
        .string({ error: 'is needed: the id of the request that you found at fal' })
        .regex(/^[A-Za-z0-9_-]{1,128}$/, "must be fal's request id")
        .meta({ description: "The request that you found at fal; it must be this job's." }),
    }),
  ])
  .meta({ id: 'ResolveJob', description: 'resubmit and fail keep the money of the unknown attempt reserved.' });

/** `status=failed`, or given several times. */
export const statusFilterSchema = z
  .union([jobStatusSchema.transform((status) => [status]), z.array(jobStatusSchema).min(1)], {
    error: `must be one of ${JOB_STATUSES.join(', ')}`,
  })
  .optional()
  .meta({ description: 'May be given several times.' });

export const jobFilters = {
  status: statusFilterSchema,
  custom_id: customIdSchema.optional(),
  error_code: z.string().min(1).max(64).optional(),
  created_after: z.iso.datetime({ offset: true }).optional(),
  created_before: z.iso.datetime({ offset: true }).optional(),
};

export const listJobsQuerySchema = z.strictObject({
  ...pageQuery,
  ...jobFilters,
  batch_id: z.string().min(1).max(64).optional(),
});

export const listBatchJobsQuerySchema = z.strictObject({ ...rowPageQuery, ...jobFilters });

export const listAttemptsQuerySchema = z.strictObject(pageQuery);
