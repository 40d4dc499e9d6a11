import { z } from 'zod';
import { listSchema } from '../list.ts';
import { timeSchema } from '../text.ts';

const jsonSchema = z.record(z.string(), z.unknown()).meta({ description: 'JSON Schema, 2020-12.' });

export const modelSchema = z
  .object({
    id: z.string(),
    object: z.literal('model'),
    title: z.string(),
    default: z.boolean().meta({ description: 'Used when a request names no model.' }),
    input_schema: jsonSchema,
    output_schema: jsonSchema,
    prices: z.array(
      z.object({
        version: z.string(),
        valid_from: timeSchema,
        unit: z.string(),
        usd_per_unit: z.record(z.string(), z.string()),
      }),
    ),
  })
  .meta({ id: 'Model' });
export type ModelView = z.infer<typeof modelSchema>;

export const modelListSchema = listSchema('ModelList', modelSchema);
