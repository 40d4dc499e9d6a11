import { type Model, type RowPlan, readOverrides } from '@reelay/core';
import type { IntakeProblem } from '../intake/batch-terms.ts';

export type Overrides =
  | { readonly kind: 'read'; readonly plan: Pick<RowPlan, 'overrides'> }
  | { readonly kind: 'invalid'; readonly problems: readonly IntakeProblem[] };

/** What an estimate asks all rows to be instead of what they say. */
export function overridesOf(model: Model, given: Readonly<Record<string, unknown>> | undefined): Overrides {
  if (given === undefined || Object.keys(given).length === 0) return { kind: 'read', plan: {} };
  const read = readOverrides(model, given);
  return read.kind === 'invalid' ? read : { kind: 'read', plan: { overrides: read.input } };
}
