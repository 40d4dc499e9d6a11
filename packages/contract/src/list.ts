import { z } from 'zod';

/** The one envelope of every list. `first_id` and `last_id` are what `before` and `after` take. */
export function listSchema<Item extends z.ZodType>(name: string, item: Item) {
  return z
    .object({
      object: z.literal('list'),
      data: z.array(item),
      has_more: z.boolean().meta({ description: 'There is more in the direction of this page.' }),
      first_id: z.string().nullable(),
      last_id: z.string().nullable(),
    })
    .meta({ id: name });
}

const PAGE_DEFAULT = 20;
const PAGE_MAX = 100;
const ROW_PAGE_DEFAULT = 100;
const ROW_PAGE_MAX = 1000;

const cursor = z.string().min(1).max(64).optional();

function pageShape(limitDefault: number, limitMax: number) {
  return {
    limit: z.coerce.number().pipe(z.int().min(1).max(limitMax)).default(limitDefault),
    after: cursor.meta({ description: 'The page that follows this id.' }),
    before: cursor.meta({ description: 'The page that precedes this id.' }),
  };
}

export const pageQuery = pageShape(PAGE_DEFAULT, PAGE_MAX);
/** For what comes by the thousand: rows of a batch, ledger entries. */
export const rowPageQuery = pageShape(ROW_PAGE_DEFAULT, ROW_PAGE_MAX);
