import { z } from 'zod';
import { listSchema, rowPageQuery } from './list.ts';
import { knownUsdSchema } from './money.ts';

const groupings = ['day', 'batch', 'model', 'key', 'tag'] as const;

export const spendSchema = z
  .object({
    object: z.literal('spend'),
    group_by: z.enum(groupings),
    group: z.string().nullable().meta({ description: 'Null: what has no batch, no key or no tag.' }),
    jobs: z.int(),
    attempts: z.int(),
    reserved: knownUsdSchema.meta({ description: 'Reserved less released; of a span of days it may be negative.' }),
    charged: knownUsdSchema.meta({ description: 'Charges and what the bill adjusted.' }),
  })
  .meta({
    id: 'Spend',
    description: 'Sums of ledger entries by the day they were written (UTC). A job counts in each of its tags.',
  });
export type Spend = z.output<typeof spendSchema>;

export const spendListSchema = listSchema('SpendList', spendSchema);

/** A tag is a key and a value of the metadata, which may be long. */
const cursor = z.string().min(1).max(2_000).optional();
const moment = z.iso.datetime({ offset: true }).optional();

export const listSpendQuerySchema = z.strictObject({
  ...rowPageQuery,
  after: cursor.meta({ description: 'The page that follows this group.' }),
  before: cursor.meta({ description: 'The page that precedes this group.' }),
  group_by: z.enum(groupings).default('day').meta({ description: 'tag: by each key=value of the metadata.' }),
  batch_id: z.string().min(1).max(64).optional(),
  from: moment.meta({ description: 'Entries written at or after this.' }),
  to: moment.meta({ description: 'Entries written before this.' }),
});
