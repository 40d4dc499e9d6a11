import { PILOT_STRATEGIES } from '@reelay/core';
import { z } from 'zod';
import { knownUsdSchema, maybeUsdSchema } from '../money.ts';
import { timeSchema } from '../text.ts';

const PILOT_ROWS_MAX = 10_000;
const WINDOW_MAX = 1_000;
const WINDOW_DEFAULT = 20;

/** Numbers in a body are numbers, in a query they are text. */
type NumberOf = (schema: z.ZodNumber) => z.ZodType<number>;
export const inBody: NumberOf = (schema) => schema;
export const inQuery: NumberOf = (schema) => z.coerce.number().pipe(schema);

export function pilotSchema(number: NumberOf) {
  return z
    .strictObject({
      rows: number(z.int().min(1).max(PILOT_ROWS_MAX)),
      strategy: z
        .enum(PILOT_STRATEGIES)
        .default('first')
        .meta({ description: 'first: the first valid rows. spread: rows evenly spread over all valid ones.' }),
    })
    .meta({
      description:
        'Only these rows run at first. Then the batch pauses with `pilot`, shows what they cost and forecasts the rest; POST …/resume releases it.',
    });
}

export function pauseIfSchema(number: NumberOf) {
  return z
    .strictObject({
      error_rate: number(z.number().gt(0).max(1)),
      window: number(z.int().min(1).max(WINDOW_MAX)).default(WINDOW_DEFAULT),
    })
    .meta({
      description:
        'Pauses the batch with `error_rate` when, of the last `window` jobs that ended, the share that failed reaches error_rate (0.5 is half). A job that waits for review has ended and failed so far. POST …/resume goes on and starts a new window.',
    });
}

export const MAX_WASTE_DESCRIPTION =
  'Pauses the batch with `waste` when attempts that failed, or whose jobs wait for review, have cost this much, money held for unsettled ones included. What runs at that moment may still add to it.';

const stopSchema = z.object({ reason: z.enum(['waste', 'error_rate']), message: z.string(), at: timeSchema });

export const brakesSchema = z
  .object({
    max_waste: maybeUsdSchema,
    wasted: maybeUsdSchema.meta({ description: 'Since a brake was last resumed from. Null without max_waste.' }),
    pause_if: z.object({ error_rate: z.number(), window: z.int() }).nullable(),
    error_rate: z.number().nullable().meta({
      description: 'Of the last jobs that ended, at most `window`. Null without pause_if, or before one has.',
    }),
    stopped_by: stopSchema.nullable().meta({ description: 'Why it paused itself, and what to do.' }),
  })
  .meta({ id: 'Brakes' });

export const pilotStateSchema = z
  .object({
    rows: z.int().meta({ description: 'As asked for; a smaller batch is all pilot.' }),
    strategy: z.enum(PILOT_STRATEGIES),
    state: z.enum(['running', 'done', 'released']),
    done: z.int().meta({ description: 'Pilot jobs that have ended or wait for review.' }),
    succeeded: z.int(),
    failed: z.int(),
    cost: z.object({
      charged: knownUsdSchema.meta({ description: 'For the jobs that are done.' }),
      held: knownUsdSchema.meta({ description: 'Still reserved for them, because their cost is not known yet.' }),
      per_row: maybeUsdSchema.meta({ description: '(charged + held) ÷ done. Null until a job is done.' }),
    }),
    failures: z.array(z.object({ code: z.string(), count: z.int() })),
    forecast: z.object({
      cost: maybeUsdSchema.meta({
        description: 'Of all other rows, should they do as the pilot. Null until a job is done.',
      }),
      basis: z.string(),
    }),
  })
  .meta({ id: 'Pilot' });
