import { DEFAULT_UNKNOWN_BUDGET_PERCENT } from '@reelay/core';
import { z } from 'zod';
import { inputSchema, jobFields, retrySchema, statusFilterSchema } from '../jobs/job-requests.ts';
import { pageQuery, rowPageQuery } from '../list.ts';
import { usdSchema } from '../money.ts';
import { callbackUrlSchema, metadataSchema } from '../text.ts';
import { inBody, MAX_WASTE_DESCRIPTION, pauseIfSchema, pilotSchema } from './brakes.ts';

export const INLINE_ROWS_MAX = 10_000;

/** Options that inline rows and uploaded files share. */
export const batchOptions = {
  name: z.string().min(1).max(200).optional(),
  model: z.string().optional(),
  mode: z
    .enum(['best_effort', 'strict'])
    .default('best_effort')
    .meta({ description: 'strict: one bad row refuses the whole batch.' }),
  start: z.enum(['auto', 'confirm']).optional().meta({
    description:
      'confirm: wait for POST …/confirm after validation. Left out: auto, or confirm where the list price is above what the deployment allows (REELAY_CONFIRM_ABOVE).',
  }),
  cap: usdSchema.optional().meta({ description: 'Never spend more than this on the batch.' }),
  on_unknown: z.enum(['review', 'resubmit']).default('review').meta({
    description:
      'What to do with a job when nobody can know whether fal accepted it. review: it waits for late evidence or a person. resubmit: it is submitted again, once, hours later and only when fal shows no trace of it; a lagging history can still make that a double charge, bounded by unknown_budget.',
  }),
  unknown_budget: usdSchema.optional().meta({
    description: `With on_unknown=resubmit: most that attempts given up for lost may hold together, because fal may still bill them. By default ${DEFAULT_UNKNOWN_BUDGET_PERCENT} % of the batch's estimate; 0 allows none.`,
  }),
  max_waste: usdSchema.optional().meta({ description: MAX_WASTE_DESCRIPTION }),
  callback_url: callbackUrlSchema.optional(),
};

export const DRY_RUN_DESCRIPTION =
  'Store nothing, and answer 200 with the estimate. An idempotency key is not used up.';

/** Documented, but judged row by row where batches are made: one bad row must not refuse the others. */
const { $schema: _, ...rowJsonSchema } = z.toJSONSchema(z.strictObject(jobFields), { io: 'input' });

export const createBatchSchema = z
  .strictObject({
    ...batchOptions,
    pilot: pilotSchema(inBody).optional(),
    pause_if: pauseIfSchema(inBody).optional(),
    dry_run: z.boolean().default(false).meta({ description: DRY_RUN_DESCRIPTION }),
    defaults: inputSchema.optional().meta({ description: 'Input fields for rows that leave them out.' }),
    rows: z
      .array(z.unknown().meta(rowJsonSchema))
      .min(1, 'needs at least one row')
      .max(INLINE_ROWS_MAX, `has more than ${INLINE_ROWS_MAX} rows; upload a file instead (POST /v1/imports)`),
    retry: retrySchema.optional(),
    metadata: metadataSchema.optional(),
  })
  .meta({ id: 'CreateBatch' });
export type CreateBatch = z.input<typeof createBatchSchema>;

export const changeBatchSchema = z
  .strictObject({
    cap: usdSchema.nullable().optional().meta({ description: 'null takes the cap away.' }),
    name: z.string().min(1).max(200).nullable().optional(),
    metadata: metadataSchema.optional(),
    priority: z.int().min(-100).max(100).optional(),
    weight: z.int().min(1).max(100).optional().meta({ description: 'Its share of the slots against other batches.' }),
    max_waste: usdSchema.nullable().optional().meta({ description: 'null takes the brake away.' }),
    pause_if: pauseIfSchema(inBody).nullable().optional().meta({ description: 'null takes the brake away.' }),
  })
  .refine((change) => Object.keys(change).length > 0, { error: 'names nothing to change' })
  .meta({ id: 'ChangeBatch' });

export const noBodySchema = z.strictObject({}).meta({ id: 'Nothing' });

export const cancelBatchSchema = z
  .strictObject({
    mode: z.enum(['drain', 'abort']).default('drain').meta({ description: 'abort also asks fal to stop what runs.' }),
  })
  .meta({ id: 'CancelBatch' });

export const retryBatchSchema = z
  .strictObject({
    status: z
      .array(z.enum(['failed', 'cancelled', 'expired']))
      .min(1)
      .optional(),
    error_code: z.string().min(1).max(64).optional(),
    input: inputSchema.optional().meta({ description: 'Fields to change in every job; the others stay.' }),
    dry_run: z.boolean().optional().meta({ description: 'Only count what would be retried.' }),
  })
  .meta({ id: 'RetryBatch' });

export const listBatchesQuerySchema = z.strictObject(pageQuery);
export const listRejectedRowsQuerySchema = z.strictObject(rowPageQuery);

export const resultsQuerySchema = z.strictObject({
  format: z.enum(['csv', 'ndjson']).default('ndjson'),
  status: statusFilterSchema,
});
