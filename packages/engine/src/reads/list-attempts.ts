/** The attempts of a job: what each did, held and cost. */
import type { ChargeBasis, DifferenceReason, Failure } from '@reelay/core';
import { type AttemptReading, hasJob, type OrphanReading, type Page, readAttempts } from '@reelay/db';
import type { Context } from '../context.ts';
import { jobError } from '../jobs/job-error.ts';
import { type ListView, listView, maybeTime, maybeUsd, time, usd } from './views.ts';

export interface AttemptQuery {
  readonly projectId: string;
  readonly jobId: string;
  readonly page: Page;
}

/** In the order in which they were made; null when the project has no such job. */
export async function listAttempts(
  context: Pick<Context, 'db'>,
  { projectId, jobId, page }: AttemptQuery,
): Promise<ListView<AttemptView> | null> {
  if (!(await hasJob(context.db.prisma, projectId, jobId))) return null;
  return listView(await readAttempts(context.db.prisma, projectId, jobId, page), attemptView, ({ id }) => id);
}

function attemptView(attempt: AttemptReading) {
  return {
    id: attempt.id,
    object: 'attempt' as const,
    job_id: attempt.job_id,
    n: attempt.n,
    run: attempt.run,
    state: attempt.state,
    fal_request_id: attempt.request_id,
    model: attempt.model,
    seed: Number(attempt.seed),
    cost: {
      reserved: usd(attempt.held_nano_usd),
      charged: maybeUsd(attempt.charged_nano_usd),
      basis: attempt.basis as ChargeBasis | null,
      billed: maybeUsd(attempt.billed_nano_usd),
      difference: differenceOf(attempt.charged_nano_usd, attempt.billed_nano_usd, attempt.bill_reason),
    },
    price_version: attempt.price_version,
    billable_units: attempt.billable_units,
    units_disagree: attempt.units_disagree,
    http_status: attempt.http_status,
    error: attempt.failure === null ? null : jobError(attempt.failure as unknown as Failure),
    evidence: attempt.evidence as Record<string, unknown>[],
    orphans: attempt.orphans.map(orphanView),
    reserved_at: time(attempt.reserved_at),
    sending_at: maybeTime(attempt.sending_at),
    unknown_at: maybeTime(attempt.unknown_at),
    accepted_at: maybeTime(attempt.accepted_at),
    finished_at: maybeTime(attempt.finished_at),
  };
}

/** A cost that is not known yet is null. */
function orphanView({ charged_nano_usd, billed_nano_usd, bill_reason, ...orphan }: OrphanReading) {
  const charged = charged_nano_usd === null ? null : BigInt(charged_nano_usd);
  const billed = billed_nano_usd === null ? null : BigInt(billed_nano_usd);
  return {
    ...orphan,
    cost: maybeUsd(charged),
    billed: maybeUsd(billed),
    difference: differenceOf(charged, billed, bill_reason),
  };
}

/** What the bill is above the charge, and why; the amount of a bill that never came is not known. */
function differenceOf(charged: bigint | null, billed: bigint | null, reason: DifferenceReason | null) {
  if (reason === null) return null;
  return { amount: maybeUsd(billed === null ? null : billed - (charged ?? 0n)), reason };
}

export type AttemptView = ReturnType<typeof attemptView>;
