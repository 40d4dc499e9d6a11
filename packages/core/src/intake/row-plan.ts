/** What parsing a row needs to know beforehand, and what comes out of it. */
import type { Model } from '../catalogue/model.ts';
import type { NanoUsd } from '../money/nano-usd.ts';
import type { CallbackFault } from './blocked-callback.ts';
import type { RowFields } from './row-fields.ts';
import type { RowProblem } from './row-problem.ts';

/** What a row takes on where it says nothing itself. */
export interface RowDefaults extends Readonly<Partial<RowFields>> {
  readonly input: Readonly<Record<string, unknown>>;
  readonly maxAttempts: number;
  readonly metadata: Readonly<Record<string, string>>;
}

export interface RowPlan {
  readonly model: Model;
  readonly defaults: RowDefaults;
  /** Decides which price table is in force. */
  readonly nowMs: number;
  /** Input fields that outrank what a row says, for asking what a file would cost otherwise. */
  readonly overrides?: Readonly<Record<string, unknown>>;
  /** Absent: any http or https URL may be a callback. */
  readonly callbackFault?: CallbackFault;
}

export interface ParsedRow extends Readonly<RowFields> {
  /** Validated and complete. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly estimatedNanoUsd: NanoUsd;
  readonly priceVersion: string;
}

export type RowOutcome =
  | { readonly kind: 'job'; readonly row: ParsedRow }
  | { readonly kind: 'rejected'; readonly problems: readonly RowProblem[] };
