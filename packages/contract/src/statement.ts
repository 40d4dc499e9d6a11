import { z } from 'zod';
import { jobStatusSchema } from './jobs/job.ts';
import { knownUsdSchema, maybeUsdSchema } from './money.ts';
import { timeSchema } from './text.ts';

export const statementQuerySchema = z.strictObject({ format: z.enum(['json', 'csv', 'html']).default('json') });

const costFields = {
  charged: maybeUsdSchema.meta({ description: 'As it was charged, before the bill; null while it was not.' }),
  adjusted: maybeUsdSchema.meta({ description: 'What the bill has changed of it; null when nothing.' }),
  billed: maybeUsdSchema,
  difference_reason: z.string().nullable().meta({ description: 'Why what was charged differs from the bill.' }),
};

const statementRowSchema = z.object({
  line: z.int().nullable(),
  custom_id: z.string().nullable(),
  job_id: z.string(),
  status: jobStatusSchema,
  price_version: z.string().meta({ description: 'The price that it was estimated at.' }),
  estimated: knownUsdSchema,
  reserved: knownUsdSchema,
  charged: maybeUsdSchema.meta({ description: 'With what the bill has adjusted.' }),
  billed: maybeUsdSchema.meta({ description: "What fal's bill says; null while it is not known." }),
  attempts: z.array(
    z.object({
      n: z.int(),
      state: z.string(),
      fal_request_id: z.string().nullable(),
      ...costFields,
      orphans: z
        .array(z.object({ fal_request_id: z.string(), ...costFields }))
        .meta({ description: 'Other requests that fal accepted for this attempt.' }),
    }),
  ),
});

export const statementSchema = z
  .object({
    object: z.literal('statement'),
    batch_id: z.string(),
    name: z.string().nullable(),
    model: z.string(),
    currency: z.literal('USD'),
    complete: z
      .boolean()
      .meta({ description: 'False while a row may still cost something, money is held, or a bill is waited for.' }),
    created_at: timeSchema,
    issued_at: timeSchema,
    cap: maybeUsdSchema,
    rejected_rows: z.int(),
    ledger: z
      .object({ block: z.string(), hash: z.string().nullable(), unsealed: z.int() })
      .meta({ description: 'The head of the ledger’s chain of sealed blocks when this was issued. Keep it.' }),
    rows: z.array(statementRowSchema),
    totals: z.object({
      rows: z.int(),
      attempts: z.int(),
      estimated: knownUsdSchema,
      reserved: knownUsdSchema,
      charged: knownUsdSchema,
      billed: maybeUsdSchema.meta({ description: 'Of the bills that are known; null while none is.' }),
    }),
  })
  .meta({ id: 'Statement', description: 'The totals are the sums of the rows shown.' });
export type Statement = z.output<typeof statementSchema>;
