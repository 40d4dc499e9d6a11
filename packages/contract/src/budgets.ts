import { BUDGET_PERIODS } from '@reelay/core';
import { z } from 'zod';
import { listSchema } from './list.ts';
import { knownUsdSchema, usdSchema } from './money.ts';
import { timeSchema } from './text.ts';

const periodSchema = z.enum(BUDGET_PERIODS).meta({
  description: 'total never ends; month, day and hour are windows of UTC.',
});

const scopeSchema = z.string().meta({
  examples: ['project', 'key:key_01k9zq3v8w6d2m4n5p7r9s0t1v'],
  description: 'Whose spending it bounds: project, key:{id}, batch:{id} or deployment.',
});

const moneyFields = {
  scope: scopeSchema,
  period: periodSchema,
  limit: knownUsdSchema,
  spent: knownUsdSchema.meta({ description: 'Charged in the present window, by attempts that were reserved in it.' }),
  reserved: knownUsdSchema.meta({ description: 'Set aside for attempts whose cost is not known yet.' }),
};

const resetsAtSchema = timeSchema.nullable().meta({ description: 'When the next window begins; null for total.' });

export const budgetSchema = z
  .object({
    object: z.literal('budget'),
    ...moneyFields,
    remaining: knownUsdSchema,
    window_start: timeSchema.nullable(),
    resets_at: resetsAtSchema,
  })
  .meta({ id: 'Budget', description: 'Nothing is sent that would take spent + reserved over the limit.' });
export type Budget = z.infer<typeof budgetSchema>;

/** All of them at once: a scope has one limit a period at most. */
export const budgetListSchema = listSchema('BudgetList', budgetSchema);

export const setBudgetSchema = z
  .strictObject({ limit: usdSchema, period: periodSchema.default('total') })
  .meta({ id: 'SetBudget' });

export const removeBudgetQuerySchema = z.strictObject({ period: periodSchema.default('total') });

/** The budget at which a batch has stopped. */
export const shortageSchema = z
  .object({
    ...moneyFields,
    needed: knownUsdSchema.meta({ description: 'What the next row costs at list price.' }),
    resets_at: resetsAtSchema,
  })
  .meta({ id: 'BudgetExhausted' });
