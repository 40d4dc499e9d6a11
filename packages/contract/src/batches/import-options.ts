import { z } from 'zod';
import { prioritySchema } from '../jobs/job-requests.ts';
import { batchOptions, DRY_RUN_DESCRIPTION } from './batch-requests.ts';
import { inQuery, pauseIfSchema, pilotSchema } from './brakes.ts';

/** Options of an upload stand in the query, so the body stays the file. Values are text; the importer reads them. */
export const importOptionsSchema = z.strictObject({
  ...batchOptions,
  priority: z.coerce.number().pipe(prioritySchema).optional(),
  retry: z
    .strictObject({ max_attempts: z.coerce.number().pipe(z.int().min(1).max(10)) })
    .optional()
    .meta({ description: 'retry[max_attempts]=2' }),
  pilot: pilotSchema(inQuery).optional(),
  pause_if: pauseIfSchema(inQuery).optional(),
  dry_run: z
    .enum(['true', 'false'])
    .default('false')
    .transform((text) => text === 'true')
    .meta({ description: DRY_RUN_DESCRIPTION }),
  defaults: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Input fields for rows that leave them empty: defaults[resolution]=480p' }),
  map: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Renames a column, or ignores it: map[Clip]=video_url, map[Notes]=' }),
});
export type ImportOptions = z.output<typeof importOptionsSchema>;
