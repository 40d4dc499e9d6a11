/**
 * Rule R at work, within the transaction that records a look: it reads the facts under the batch's lock, asks core, and
 * writes once: the attempt is lost with its reservation kept, its job is queued again. Run twice it finds nothing unknown.
 */
import { decideResubmit, type ResubmitDecision, unknownBudget } from '@reelay/core';
import { type AttemptWithJob, addEvidence, declareLostByRule, type LookState, readRuleRow, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { queueAgain } from '../jobs/move-job.ts';

export interface RuleQuestion {
  readonly loaded: AttemptWithJob;
  /** Where the attempt stands now. */
  readonly state: LookState;
  readonly hasListing: boolean;
  /** This look was a complete listing without the attempt, read after it was spent; only then can the rule be applied. */
  readonly provesAbsence: boolean;
}

export async function decideByRule(context: Context, tx: Tx, question: RuleQuestion): Promise<ResubmitDecision> {
  const { loaded, state, hasListing, provesAbsence } = question;
  const row = await readRuleRow(tx, loaded.attempt.id, context.policy.sendGraceMs);
  if (!row) return { kind: 'review', because: 'not_asked_for' };
  const decision = decideResubmit({
    onUnknown: row.on_unknown,
    hasListing,
    jobOpen: row.job_open,
    cancelRequested: row.cancel_requested,
    batchOpen: row.batch_open,
    declaredBefore: row.declared_before,
    overMaxCost: row.over_max_cost,
    senderGone: row.sender_gone,
    spent: state.spent,
    emptyLooks: emptyLooks(question),
    accountOpen: row.account_open,
    reservedNanoUsd: row.reserved_nano_usd,
    declaredNanoUsd: row.declared_nano_usd,
    budgetNanoUsd: unknownBudget(row.unknown_budget_nano_usd, row.estimated_nano_usd),
  });
  return decision.kind === 'resubmit' && !provesAbsence ? { kind: 'wait', until: 'looked' } : decision;
}

export async function submitLostAgain(context: Context, tx: Tx, question: RuleQuestion): Promise<void> {
  const { attempt, job } = question.loaded;
  if (!(await declareLostByRule(tx, attempt.id))) return;
  await addEvidence(tx, attempt.id, { source: 'rule', declared: 'lost', empty_looks: emptyLooks(question) });
  await queueAgain(context, tx, job, { delayMs: 0, countsAsAttempt: false });
  const fields = { attemptId: attempt.id, jobId: job.id, batchId: job.batch_id };
  context.log.warn(fields, 'attempt declared lost by rule, its job is submitted again');
}

function emptyLooks({ loaded, provesAbsence }: RuleQuestion): number {
  return loaded.attempt.empty_looks + (provesAbsence ? 1 : 0);
}
