import { batchStatus, type PauseReason, strongestPause, unknownBudget } from '@reelay/core';
import type { BatchReading, RejectedRowReading } from '@reelay/db';
import { budgetView } from '../budgets/budget-view.ts';
import { brakesView, pilotView } from './brakes-view.ts';
import { maybeRecord, maybeTime, maybeUsd, record, time, usd } from './views.ts';

/** A batch as the API shows it. */
export function batchView(batch: BatchReading) {
  const pauses = pausesOf(batch);
  return {
    id: batch.id,
    object: 'batch' as const,
    name: batch.name,
    model: batch.model,
    status: batchStatus(batch.state, pauses),
    pause_reason: strongestPause(pauses),
    pauses,
    pause_detail: pauseDetailOf(batch),
    budget_exhausted: exhaustedOf(batch),
    weight: batch.weight,
    request_counts: countsOf(batch),
    cost: costOf(batch),
    errors: errorsOf(batch),
    mode: batch.mode as 'best_effort' | 'strict',
    start: batch.start_mode as 'auto' | 'confirm',
    confirm_above: maybeUsd(batch.confirm_above_nano_usd),
    pilot: pilotView(batch),
    brakes: brakesView(batch),
    on_unknown: batch.on_unknown as 'review' | 'resubmit',
    unknown_budget: unknownBudgetOf(batch),
    retry: { max_attempts: batch.max_attempts },
    callback_url: batch.callback_url,
    file: maybeRecord(batch.file_facts),
    metadata: record(batch.metadata),
    ...timesOf(batch),
  };
}

export type BatchView = ReturnType<typeof batchView>;

/** The batch's own pauses and its provider account's. Only a batch in progress can be held up by any of them. */
function pausesOf(batch: BatchReading): PauseReason[] {
  const own = [...batch.pauses];
  if (batch.state !== 'in_progress' || batch.account_pause === null) return own;
  return own.includes(batch.account_pause) ? own : [...own, batch.account_pause];
}

function pauseDetailOf({ state, balance_rows }: BatchReading): string | null {
  if (state !== 'in_progress' || balance_rows === null) return null;
  return `fal's balance is enough for ${balance_rows} more rows; it goes on by itself when the account is topped up`;
}

/** The budget that its next job does not fit, and what that job needs. */
function exhaustedOf({ short }: BatchReading) {
  if (short === null) return null;
  const { scope, period, limit, spent, reserved, resets_at } = budgetView(short);
  return { scope, period, limit, spent, reserved, needed: usd(short.needed_nano_usd), resets_at };
}

function countsOf(batch: BatchReading) {
  const { queued, active, needs_review, succeeded, failed, cancelled, expired, rejected_count: rejected } = batch;
  const total = rejected + queued + active + needs_review + succeeded + failed + cancelled + expired;
  return { total, rejected, queued, active, needs_review, succeeded, failed, cancelled, expired };
}

function costOf(batch: BatchReading) {
  return {
    currency: 'USD' as const,
    estimated: wasPriced(batch) ? usd(batch.estimated_nano_usd) : null,
    worst_case: worstCaseOf(batch),
    reserved: usd(batch.reserved_nano_usd),
    charged: usd(batch.charged_nano_usd),
    billed: maybeUsd(batch.billed_nano_usd),
    billed_complete: batch.bills_open === 0,
    cap: maybeUsd(batch.cap_nano_usd),
  };
}

/** Null when the batch does not resubmit, or until its rows have been priced. */
function unknownBudgetOf(batch: BatchReading): string | null {
  const { on_unknown, unknown_budget_nano_usd: said, estimated_nano_usd: estimated } = batch;
  if (on_unknown !== 'resubmit' || (said === null && !wasPriced(batch))) return null;
  return usd(unknownBudget(said, estimated));
}

/** With resubmission, what attempts given up for lost may hold comes on top. */
function worstCaseOf(batch: BatchReading): string | null {
  const { worst_case_nano_usd: rows, on_unknown, unknown_budget_nano_usd: said, estimated_nano_usd: estimated } = batch;
  if (rows === null || !wasPriced(batch)) return null;
  return usd(rows + (on_unknown === 'resubmit' ? unknownBudget(said, estimated) : 0n));
}

function wasPriced(batch: BatchReading): boolean {
  return batch.awaiting_confirmation_at !== null || batch.in_progress_at !== null;
}

interface RejectedRowView {
  readonly line: number | null;
  readonly column: string | null;
  readonly code: string;
  readonly value: string | null;
  readonly message: string;
}

/** What ails the file as a whole comes first. */
function errorsOf(batch: BatchReading): RejectedRowView[] {
  const rows = batch.first_rejected.map(rejectedRowView);
  if (batch.problem === null) return rows;
  const { line, column, code, value, message } = record(batch.problem);
  const whole = {
    line: typeof line === 'number' ? line : null,
    column: typeof column === 'string' ? column : null,
    code: String(code),
    value: typeof value === 'string' ? value : null,
    message: String(message),
  };
  return [whole, ...rows];
}

export function rejectedRowView({ line, column, code, value, message }: RejectedRowReading): RejectedRowView {
  return { line, column, code, value, message };
}

function timesOf(batch: BatchReading) {
  return {
    created_at: time(batch.created_at),
    validating_at: maybeTime(batch.validating_at),
    awaiting_confirmation_at: maybeTime(batch.awaiting_confirmation_at),
    in_progress_at: maybeTime(batch.in_progress_at),
    finalizing_at: maybeTime(batch.finalizing_at),
    completed_at: maybeTime(batch.completed_at),
    failed_at: maybeTime(batch.failed_at),
    expired_at: maybeTime(batch.expired_at),
    cancelling_at: maybeTime(batch.cancelling_at),
    cancelled_at: maybeTime(batch.cancelled_at),
  };
}
