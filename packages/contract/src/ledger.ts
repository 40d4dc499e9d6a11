import { z } from 'zod';
import { listSchema, rowPageQuery } from './list.ts';
import { knownUsdSchema } from './money.ts';
import { timeSchema } from './text.ts';

export const ledgerEntrySchema = z
  .object({
    id: z.string(),
    object: z.literal('ledger_entry'),
    batch_id: z.string().nullable(),
    job_id: z.string(),
    attempt_id: z.string(),
    kind: z.string().meta({
      examples: ['reserve', 'release', 'charge', 'orphan_charge', 'adjust'],
      description:
        "orphan_charge: another request that fal accepted for the attempt; adjust: what fal's bill was above or below the charge.",
    }),
    fal_request_id: z
      .string()
      .nullable()
      .meta({ description: 'Of an orphan_charge and an adjust: the request that it is for.' }),
    amount: knownUsdSchema,
    basis: z.string().meta({ description: 'Where the amount comes from.' }),
    created_at: timeSchema,
  })
  .meta({
    id: 'LedgerEntry',
    description:
      'Entries are only ever added. Amounts are positive and the kind says the direction; only an adjust may be negative.',
  });

export const ledgerListSchema = listSchema('LedgerList', ledgerEntrySchema);

const filter = {
  batch_id: z.string().min(1).max(64).optional(),
  job_id: z.string().min(1).max(64).optional(),
};

export const listLedgerQuerySchema = z.strictObject({ ...rowPageQuery, ...filter });
export const exportLedgerQuerySchema = z.strictObject(filter);
