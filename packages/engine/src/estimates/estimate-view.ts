/** An estimate as the API shows it. */
import {
  type Model,
  type PriceVersion,
  priceAt,
  type Repeats,
  type Share,
  unknownBudget,
  waitsForConfirmation,
} from '@reelay/core';
import type { BatchTerms } from '../intake/batch-terms.ts';
import { judgeImport } from '../intake/judge-import.ts';
import type { FileFacts } from '../intake/upload-options.ts';
import { usd } from '../reads/views.ts';
import type { JudgedRows } from './judge-rows.ts';

export interface Estimated {
  readonly model: Model;
  readonly nowMs: number;
  readonly terms: BatchTerms;
  readonly rows: JudgedRows;
  /** Null for inline rows. */
  readonly facts: FileFacts | null;
}

export function estimateView({ model, nowMs, terms, rows, facts }: Estimated) {
  const { tally, rejected } = rows;
  const price = priceAt(model, nowMs);
  return {
    object: 'estimate' as const,
    model: model.id,
    price_version: price.version,
    rows: { total: tally.rows + rejected, valid: tally.rows, rejected },
    cost: costOf(rows, terms, price),
    verdict: verdictOf(rows, terms),
    unknowns: tally.unknowns.map(({ costNanoUsd, ...unknown }) => ({ ...unknown, list: usd(costNanoUsd), cost: null })),
    by_resolution: tally.tiers.map(({ tier, ...share }) => ({ resolution: tier, ...shareView(share) })),
    by_tag: [
      ...tally.tags.map(({ tag, ...share }) => ({ tag, ...shareView(share) })),
      ...(tally.otherTags === null ? [] : [{ tag: null, ...shareView(tally.otherTags) }]),
    ],
    duplicates: repeatsView(rows.duplicates),
    same_input: repeatsView(rows.sameInput),
    all_rows_compared: rows.allCompared,
    errors: rows.errors.map(({ line, problem: { column, code, value, message } }) => ({
      line,
      column,
      code,
      value,
      message,
    })),
    file: facts === null ? null : { ...facts },
  };
}

export type EstimateView = ReturnType<typeof estimateView>;

function costOf({ tally }: JudgedRows, terms: BatchTerms, price: PriceVersion) {
  const mayBeLost =
    terms.onUnknown === 'resubmit' ? unknownBudget(terms.unknownBudgetNanoUsd ?? null, tally.costNanoUsd) : 0n;
  return {
    currency: 'USD' as const,
    list: usd(tally.costNanoUsd),
    worst_case: usd(tally.worstCaseNanoUsd + mayBeLost),
    basis: `list price of ${price.version}, per ${price.unit}`,
  };
}

/** What a batch of these rows would become. */
function verdictOf({ tally, rejected }: JudgedRows, terms: BatchTerms) {
  const problem = judgeImport(terms.mode, { jobs: tally.rows, rejected });
  if (problem) return { status: 'failed' as const, message: problem.message };
  if (!waitsForConfirmation(terms, tally.costNanoUsd)) return { status: 'in_progress' as const, message: null };
  const above = terms.confirmAboveNanoUsd;
  const why =
    terms.start === 'confirm' || above === undefined
      ? 'It would wait for a person to confirm it, as start=confirm asks.'
      : `It would wait for a person to confirm it, because its list price is above $${usd(above)}. With start=auto it starts by itself.`;
  return { status: 'awaiting_confirmation' as const, message: why };
}

function shareView({ rows, costNanoUsd }: Share) {
  return { rows, cost: usd(costNanoUsd) };
}

function repeatsView({ groups, first, ...share }: Repeats) {
  return { groups, ...shareView(share), first: first.map(({ lines }) => ({ lines: [...lines] })) };
}
