/** What rule R is decided by, and the one write that follows from it. */
import type { ResubmitFacts } from '@reelay/core';
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';
import { fromNow } from '../interval.ts';
import { jobSpent } from './job-spent.ts';

/** Locks a batch that wants lost jobs submitted again, so that its sum is exact; taken before job and attempt. */
export async function lockBatchForRule(tx: Tx, batchId: string): Promise<void> {
  await tx.$queryRaw`SELECT 1 FROM batches WHERE id = ${batchId} AND on_unknown = 'resubmit' FOR NO KEY UPDATE`;
}

/** So many graces after an embargo has ended, somebody would have probed. */
const PROBE_GRACES = 4;

export interface RuleRow {
  readonly on_unknown: ResubmitFacts['onUnknown'];
  readonly job_open: boolean;
  readonly cancel_requested: boolean;
  readonly batch_open: boolean;
  readonly declared_before: boolean;
  readonly over_max_cost: boolean;
  readonly sender_gone: boolean;
  readonly account_open: boolean;
  readonly reserved_nano_usd: bigint;
  readonly declared_nano_usd: bigint;
  readonly unknown_budget_nano_usd: bigint | null;
  readonly estimated_nano_usd: bigint;
}

/** Null for an attempt without a batch: only a batch can ask for the rule. Exact under the batch's lock. */
export async function readRuleRow(tx: Tx, attemptId: string, graceMs: number): Promise<RuleRow | null> {
  const rows = await tx.$queryRaw<RuleRow[]>`
    SELECT b.on_unknown, b.unknown_budget_nano_usd, b.estimated_nano_usd, b.state = 'in_progress' AS batch_open,
      j.status IN ('active', 'needs_review') AS job_open, j.cancel_requested_at IS NOT NULL AS cancel_requested,
      EXISTS (SELECT 1 FROM attempts o WHERE o.job_id = a.job_id AND o.lost_by = 'rule') AS declared_before,
      coalesce(j.estimated_nano_usd + ${jobSpent(Prisma.sql`j.id`)} > j.max_cost_nano_usd, false) AS over_max_cost,
      a.send_deadline_at <= ${fromNow(-graceMs)} AS sender_gone, a.reserved_nano_usd,
      (SELECT coalesce(sum(o.reserved_nano_usd), 0) FROM attempts o
        WHERE o.batch_id = a.batch_id AND o.lost_by = 'rule')::bigint AS declared_nano_usd,
      p.stopped_at IS NULL AND p.observe_since IS NULL AND coalesce(p.embargo_until <= now(), true)
        AND (p.refusals_in_row = 0 OR p.embargo_reason IS NULL
          -- Nobody else has probed since: what waits by this rule may be all that there is to probe with.
          OR coalesce(p.embargo_until <= ${fromNow(-PROBE_GRACES * graceMs)}, true)) AS account_open
    FROM attempts a JOIN jobs j ON j.id = a.job_id JOIN batches b ON b.id = a.batch_id, provider_accounts p
    WHERE a.id = ${attemptId} AND p.id = 'fal'`;
  return rows[0] ?? null;
}

/** unknown → lost by rule. The reservation stays: absence is no proof. */
export async function declareLostByRule(tx: Tx, attemptId: string): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE attempts SET state = 'lost', lost_by = 'rule', next_check_at = NULL, slot_until = now()
    WHERE id = ${attemptId} AND state = 'unknown'`;
  return won === 1;
}
