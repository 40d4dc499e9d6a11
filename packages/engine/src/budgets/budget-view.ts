import type { BudgetReading } from '@reelay/db';
import { maybeTime, usd } from '../reads/views.ts';
import { scopeName } from './scope-name.ts';

/** A limit with what has been spent of it in its present window. */
export function budgetView(budget: BudgetReading) {
  const { limit_nano_usd: limit, charged_nano_usd: spent, reserved_nano_usd: reserved } = budget;
  const remaining = limit - spent - reserved;
  return {
    object: 'budget' as const,
    scope: scopeName(budget.scope),
    period: budget.period,
    limit: usd(limit),
    spent: usd(spent),
    reserved: usd(reserved),
    remaining: usd(remaining > 0n ? remaining : 0n),
    window_start: maybeTime(budget.window_start),
    resets_at: maybeTime(windowEnd(budget)),
  };
}

export type BudgetView = ReturnType<typeof budgetView>;

function windowEnd({ period, window_start: start }: BudgetReading): Date | null {
  if (start === null) return null;
  const [month, day, hour] = [period === 'month' ? 1 : 0, period === 'day' ? 1 : 0, period === 'hour' ? 1 : 0];
  return new Date(
    Date.UTC(start.getUTCFullYear(), start.getUTCMonth() + month, start.getUTCDate() + day, start.getUTCHours() + hour),
  );
}
