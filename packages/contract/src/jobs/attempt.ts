import { ATTEMPT_TRANSITIONS, type AttemptState, DIFFERENCE_REASONS, type DifferenceReason } from '@reelay/core';
import { z } from 'zod';
import { listSchema } from '../list.ts';
import { knownUsdSchema, maybeUsdSchema } from '../money.ts';
import { idSchema, timeSchema } from '../text.ts';
import { jobErrorSchema } from './job.ts';

const ATTEMPT_STATES = Object.keys(ATTEMPT_TRANSITIONS) as [AttemptState, ...AttemptState[]];

const REASONS = Object.keys(DIFFERENCE_REASONS) as [DifferenceReason, ...DifferenceReason[]];
const reasonsText = Object.entries(DIFFERENCE_REASONS)
  .map(([reason, why]) => `${reason}: ${why}`)
  .join('; ');

const differenceSchema = z
  .object({
    amount: maybeUsdSchema.meta({ description: 'billed less charged; null while no bill is known.' }),
    reason: z.enum(REASONS).meta({ description: `${reasonsText}.` }),
  })
  .meta({ id: 'BillDifference' });

const attemptCostSchema = z
  .object({
    reserved: knownUsdSchema,
    charged: maybeUsdSchema.meta({ description: 'As it was charged, before the bill; null while it was not.' }),
    basis: z.enum(['units', 'price_rule', 'free', 'billed', 'assumed']).nullable().meta({
      description:
        "What was charged by: fal's units, the price rule where fal did not say its units, nothing, fal's bill, or the reservation because no bill came.",
    }),
    billed: maybeUsdSchema.meta({ description: "What fal's bill says; null until it is known." }),
    difference: differenceSchema.nullable(),
  })
  .meta({ id: 'AttemptCost' });

const orphanSchema = z
  .object({
    request_id: z.string(),
    state: z.enum(['open', 'settled']),
    outcome: z.enum(['succeeded', 'failed', 'lost']).nullable().meta({ description: 'lost: fal could not tell.' }),
    used: z.boolean().meta({ description: "Its result became the job's." }),
    cost: maybeUsdSchema.meta({ description: "Part of the job's and the batch's charged; null while not known." }),
    billed: maybeUsdSchema,
    difference: differenceSchema.nullable(),
  })
  .meta({ id: 'OrphanAcceptance' });

export const attemptSchema = z
  .object({
    id: idSchema('att'),
    object: z.literal('attempt'),
    job_id: z.string(),
    n: z.int(),
    run: z.int(),
    state: z.enum(ATTEMPT_STATES),
    fal_request_id: z.string().nullable(),
    model: z.string(),
    seed: z.int(),
    cost: attemptCostSchema,
    price_version: z.string(),
    billable_units: z.string().nullable().meta({ description: "fal's own count, as its header gave it." }),
    units_disagree: z.boolean().meta({ description: "fal's units cost something else than the price rule said." }),
    http_status: z.int().nullable(),
    error: jobErrorSchema.nullable(),
    evidence: z.array(z.record(z.string(), z.unknown())).meta({
      description:
        'What is known of an attempt whose outcome is or was unknown, each piece with its source (sender, webhook, listing, person, submit, rule) and time (at). How it became unknown, and the newest nineteen.',
    }),
    orphans: z.array(orphanSchema).meta({
      description: 'Other requests that fal accepted for this attempt, or for it after its job had gone on without it.',
    }),
    reserved_at: timeSchema,
    sending_at: timeSchema.nullable(),
    unknown_at: timeSchema.nullable().meta({
      description: 'When nobody could tell any more whether fal took it; stays when its request is found later.',
    }),
    accepted_at: timeSchema.nullable(),
    finished_at: timeSchema.nullable(),
  })
  .meta({ id: 'Attempt' });
export type Attempt = z.infer<typeof attemptSchema>;

export const attemptListSchema = listSchema('AttemptList', attemptSchema);
