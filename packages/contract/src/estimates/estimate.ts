import { z } from 'zod';
import { rejectedRowSchema } from '../batches/batch.ts';
import { createBatchSchema } from '../batches/batch-requests.ts';
import { importOptionsSchema } from '../batches/import-options.ts';
import { inputSchema } from '../jobs/job-requests.ts';
import { knownUsdSchema } from '../money.ts';

const OVERRIDES = 'Input fields that every row takes, whatever it says itself: what would all this cost at 720p?';

/** The same rows and options as a batch. */
export const estimateBatchSchema = createBatchSchema
  .omit({ dry_run: true })
  .extend({ overrides: inputSchema.optional().meta({ description: OVERRIDES }) })
  .meta({ id: 'EstimateBatch' });

/** The same options as an import. */
export const estimateOptionsSchema = importOptionsSchema.omit({ dry_run: true }).extend({
  overrides: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: `${OVERRIDES} overrides[resolution]=720p` }),
});
export type EstimateOptions = z.output<typeof estimateOptionsSchema>;

const share = { rows: z.int(), cost: knownUsdSchema };
const repeatsSchema = z.object({
  groups: z.int(),
  ...share,
  first: z
    .array(z.object({ lines: z.array(z.int()) }))
    .meta({ description: 'The first groups and their first lines.' }),
});

export const estimateSchema = z
  .object({
    object: z.literal('estimate'),
    model: z.string(),
    price_version: z.string(),
    rows: z.object({ total: z.int(), valid: z.int(), rejected: z.int() }),
    cost: z.object({
      currency: z.literal('USD'),
      list: knownUsdSchema.meta({ description: 'Every valid row once, at list price.' }),
      worst_case: knownUsdSchema.meta({
        description:
          'Every valid row uses all its attempts, and fal bills each of them in full; with on_unknown=resubmit also unknown_budget. A cap bounds what is spent below it.',
      }),
      basis: z.string(),
    }),
    verdict: z
      .object({
        status: z.enum(['in_progress', 'awaiting_confirmation', 'failed']),
        message: z.string().nullable(),
      })
      .meta({ description: 'What a batch of these rows would become once its rows are checked.' }),
    unknowns: z
      .array(
        z.object({
          code: z.string(),
          field: z.string(),
          message: z.string(),
          rows: z.int(),
          list: knownUsdSchema.meta({ description: 'List price of these rows; `cost.list` includes it.' }),
          cost: z.null().meta({ description: 'What they really cost is not documented.' }),
        }),
      )
      .meta({ description: 'What may change the price and is not documented.' }),
    by_resolution: z.array(z.object({ resolution: z.string(), ...share })),
    by_tag: z.array(z.object({ tag: z.string().nullable(), ...share })).meta({
      description:
        'key=value of the metadata, dearest first; null: all others. A row counts once for each of its tags.',
    }),
    duplicates: repeatsSchema.meta({
      description: 'Rows that repeat another row with its whole input and its seed: the same result, paid for again.',
    }),
    same_input: repeatsSchema.meta({
      description:
        'Rows that repeat another row’s input without a seed: each gets its own, so they are different samples.',
    }),
    all_rows_compared: z.boolean().meta({ description: 'False beyond a million rows: later ones are not compared.' }),
    errors: z.array(rejectedRowSchema).meta({ description: 'The first hundred rejected rows.' }),
    file: z.record(z.string(), z.unknown()).nullable().meta({ description: 'What was guessed about the file.' }),
  })
  .meta({ id: 'Estimate' });
export type Estimate = z.infer<typeof estimateSchema>;
