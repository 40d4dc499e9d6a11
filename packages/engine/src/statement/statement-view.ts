/** What a statement says, whatever it is written as. */
import type { Head, StatementBatch, StatementCost, StatementRow } from '@reelay/db';
import { maybeNumber, maybeUsd, time, usd } from '../reads/views.ts';

export interface StatementFacts {
  readonly batch: StatementBatch;
  /** False while a row may still cost something, or what one cost is not known. */
  readonly complete: boolean;
  readonly issuedAt: Date;
  readonly head: Head & { readonly unsealed: number };
}

export function statementHead({ batch, complete, issuedAt, head }: StatementFacts) {
  return {
    object: 'statement' as const,
    batch_id: batch.id,
    name: batch.name,
    model: batch.model,
    currency: 'USD' as const,
    complete,
    created_at: time(batch.created_at),
    issued_at: time(issuedAt),
    cap: maybeUsd(batch.cap_nano_usd),
    rejected_rows: batch.rejected_count,
    ledger: { block: String(head.n), hash: head.n === 0n ? null : head.hash, unsealed: head.unsealed },
  };
}

export function statementRow(row: StatementRow) {
  const attempts = row.attempts.map(({ n, state, request_id, orphans, ...cost }) => ({
    n,
    state,
    fal_request_id: request_id,
    ...costView(cost),
    orphans: orphans.map(({ request_id: fal_request_id, ...own }) => ({ fal_request_id, ...costView(own) })),
  }));
  return {
    line: maybeNumber(row.line),
    custom_id: row.custom_id,
    job_id: row.id,
    status: row.status,
    price_version: row.price_version,
    estimated: usd(row.estimated_nano_usd),
    reserved: usd(row.held_nano_usd),
    charged: maybeUsd(row.charged_nano_usd),
    billed: maybeUsd(row.billed_nano_usd),
    attempts,
    amounts: {
      estimated: row.estimated_nano_usd,
      reserved: row.held_nano_usd,
      charged: row.charged_nano_usd ?? 0n,
      billed: row.billed_nano_usd,
    },
  };
}

/** The charge and what the bill has changed of it stand apart; a row's own sums hold both. */
function costView({ charged, adjusted, billed, reason }: StatementCost) {
  return {
    charged: textUsd(charged),
    adjusted: textUsd(adjusted),
    billed: textUsd(billed),
    difference_reason: reason,
  };
}

export type StatementRowView = ReturnType<typeof statementRow>;

/** Sums of the rows as they pass. What fal billed is not known before the first bill is, and never zero for that. */
export function totalling() {
  const sums = { estimated: 0n, reserved: 0n, charged: 0n };
  let billed: bigint | null = null;
  let rows = 0;
  let attempts = 0;
  return {
    add: (page: readonly StatementRowView[]) => {
      for (const row of page) {
        rows += 1;
        attempts += row.attempts.length;
        sums.estimated += row.amounts.estimated;
        sums.reserved += row.amounts.reserved;
        sums.charged += row.amounts.charged;
        if (row.amounts.billed !== null) billed = (billed ?? 0n) + row.amounts.billed;
      }
    },
    totals: () => ({
      rows,
      attempts,
      estimated: usd(sums.estimated),
      reserved: usd(sums.reserved),
      charged: usd(sums.charged),
      billed: maybeUsd(billed),
    }),
  };
}

const textUsd = (amount: string | null): string | null => (amount === null ? null : usd(BigInt(amount)));
