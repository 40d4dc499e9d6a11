import { BATCH_STATES, PAUSE_REASONS } from '@reelay/core';
import { z } from 'zod';
import { shortageSchema } from '../budgets.ts';
import { listSchema } from '../list.ts';
import { knownUsdSchema, maybeUsdSchema } from '../money.ts';
import { idSchema, timeSchema } from '../text.ts';
import { brakesSchema, pilotStateSchema } from './brakes.ts';

export const rejectedRowSchema = z
  .object({
    line: z.int().nullable(),
    column: z.string().nullable(),
    code: z.string(),
    value: z.string().nullable(),
    message: z.string(),
  })
  .meta({ id: 'RejectedRow' });

export const requestCountsSchema = z
  .object({
    total: z.int(),
    rejected: z.int(),
    queued: z.int(),
    active: z.int(),
    needs_review: z.int(),
    succeeded: z.int(),
    failed: z.int(),
    cancelled: z.int(),
    expired: z.int(),
  })
  .meta({ id: 'RequestCounts', description: 'All others always sum to total.' });

export const batchCostSchema = z
  .object({
    currency: z.literal('USD'),
    estimated: maybeUsdSchema.meta({
      description: 'Null until every row has been priced. A retried row counts with what its earlier runs have cost.',
    }),
    worst_case: maybeUsdSchema.meta({
      description:
        'Every row uses all its attempts, as far as its max_cost reaches, each billed in full; with what earlier runs of a retried row have cost.',
    }),
    reserved: knownUsdSchema,
    charged: knownUsdSchema.meta({ description: "What was charged, with what fal's bill has adjusted." }),
    billed: maybeUsdSchema.meta({
      description: 'The sum of what fal has billed so far; null until it billed something.',
    }),
    billed_complete: z.boolean().meta({ description: 'No bill is waited for any more.' }),
    cap: maybeUsdSchema,
  })
  .meta({ id: 'BatchCost' });

export const batchStatusSchema = z.enum([...BATCH_STATES, 'paused']);
const pauseReasonSchema = z.enum(PAUSE_REASONS);
const maybeTime = timeSchema.nullable();

export const batchSchema = z
  .object({
    id: idSchema('batch'),
    object: z.literal('batch'),
    name: z.string().nullable(),
    model: z.string(),
    status: batchStatusSchema,
    pause_reason: pauseReasonSchema.nullable().meta({ description: 'The strongest of `pauses`.' }),
    pauses: z.array(pauseReasonSchema),
    pause_detail: z
      .string()
      .nullable()
      .meta({ description: "Of provider_balance: for how many rows fal's balance lasts." }),
    budget_exhausted: shortageSchema.nullable().meta({
      description: 'With the pause `budget`: which budget has no room for the next row. Null while there is room.',
    }),
    weight: z.int().meta({ description: 'Its share of the slots against other batches.' }),
    request_counts: requestCountsSchema,
    cost: batchCostSchema,
    errors: z.array(rejectedRowSchema).meta({ description: 'The first hundred; all of them at /errors.' }),
    mode: z.enum(['best_effort', 'strict']),
    start: z.enum(['auto', 'confirm']),
    confirm_above: maybeUsdSchema.meta({
      description: 'A higher estimate waits for confirmation. Null: none does, or `start` was said.',
    }),
    pilot: pilotStateSchema.nullable(),
    brakes: brakesSchema,
    on_unknown: z.enum(['review', 'resubmit']),
    unknown_budget: maybeUsdSchema.meta({
      description: 'With on_unknown=resubmit: what attempts given up for lost may hold together.',
    }),
    retry: z.object({ max_attempts: z.int() }),
    callback_url: z.string().nullable(),
    file: z.record(z.string(), z.unknown()).nullable().meta({ description: 'What was guessed about the file.' }),
    metadata: z.record(z.string(), z.unknown()),
    created_at: timeSchema,
    validating_at: maybeTime,
    awaiting_confirmation_at: maybeTime,
    in_progress_at: maybeTime,
    finalizing_at: maybeTime,
    completed_at: maybeTime,
    failed_at: maybeTime,
    expired_at: maybeTime,
    cancelling_at: maybeTime,
    cancelled_at: maybeTime,
  })
  .meta({ id: 'Batch' });
export type Batch = z.infer<typeof batchSchema>;

/** The batch, and what the retry did. */
export const retriedBatchSchema = batchSchema
  .extend({
    retried: z.int(),
    skipped_unknown: z.int().meta({ description: 'Left alone: fal may still run, and charge, an attempt of theirs.' }),
    skipped_invalid: z.int().meta({
      description: 'Left as they are: the input would not be valid, or their max_cost has no room for another run.',
    }),
    retry_estimate: knownUsdSchema.meta({ description: 'What the retried jobs cost at list price.' }),
  })
  .meta({ id: 'RetriedBatch' });

export const batchListSchema = listSchema('BatchList', batchSchema);
export const rejectedRowListSchema = listSchema('RejectedRowList', rejectedRowSchema);
