import { findModel, formatUsd, quote } from '@reelay/core';
import type { JobRow, Reopening } from '@reelay/db';

export interface InputProblem {
  readonly pointer: string;
  readonly code: string;
  readonly value: string | null;
  readonly message: string;
}

export type Repriced =
  | { readonly kind: 'valid'; readonly reopening: Omit<Reopening, 'jobId'> }
  | { readonly kind: 'invalid'; readonly problems: readonly InputProblem[] };

/**
 * A job's input with a patch over it, validated and priced at today's list price. `spentNanoUsd` is what its attempts hold
 * and cost so far, which counts against its max_cost.
 */
export function repriced(
  job: Pick<JobRow, 'model' | 'input' | 'max_cost_nano_usd'>,
  patch: Readonly<Record<string, unknown>>,
  nowMs: number,
  spentNanoUsd = 0n,
): Repriced {
  const model = findModel(job.model);
  if (!model) return invalid('/model', 'model_not_found', `model ${job.model} is no longer in the catalogue`);
  const parsed = model.input.safeParse({ ...(job.input as object), ...patch });
  if (!parsed.success) {
    const problems = parsed.error.issues.map((issue) => ({
      pointer: `/input/${issue.path.join('/')}`,
      code: 'invalid_value',
      value: null,
      message: issue.message,
    }));
    return { kind: 'invalid', problems };
  }
  const price = quote(model, parsed.data, nowMs);
  if (job.max_cost_nano_usd !== null && spentNanoUsd + price.costNanoUsd > job.max_cost_nano_usd) {
    const before = spentNanoUsd === 0n ? '' : ` beside the $${formatUsd(spentNanoUsd)} that it has cost or holds`;
    const message = `costs $${formatUsd(price.costNanoUsd)}${before}, above the job's max_cost of $${formatUsd(job.max_cost_nano_usd)}`;
    return invalid('/input', 'max_cost_exceeded', message);
  }
  return {
    kind: 'valid',
    reopening: { input: parsed.data, estimatedNanoUsd: price.costNanoUsd, priceVersion: price.priceVersion },
  };
}

function invalid(pointer: string, code: string, message: string): Repriced {
  return { kind: 'invalid', problems: [{ pointer, code, value: null, message }] };
}
