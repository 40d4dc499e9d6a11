import { type BatchView, isSettled, showUsd } from '@reelay/cli';
import { formatUsd } from '@reelay/core';
import type { ProviderAudit } from '../audit/provider-audit.ts';
import type { Mismatch } from '../audit/reconcile.ts';

const SHOWN_MAX = 5;

/** What the run shows to be untrue of what Reelay promises, one line each. Empty for a good run. */
export function brokenPromises(batch: Pick<BatchView, 'status' | 'request_counts'>, audit: ProviderAudit): string[] {
  const broken: string[] = [];
  const { queued, active } = batch.request_counts;
  if (!isSettled(batch)) broken.push(`${queued + active} jobs have not ended (the batch is ${batch.status})`);
  for (const [first, second] of audit.doubles.slice(0, SHOWN_MAX)) {
    broken.push(`a job was bought twice: fal accepted ${first} and then ${second}`);
  }
  for (const requestId of audit.withoutJob.slice(0, SHOWN_MAX)) {
    broken.push(`fal accepted ${requestId}, which carries no job tag`);
  }
  for (const mismatch of audit.mismatches.slice(0, SHOWN_MAX)) broken.push(mismatchLine(mismatch));
  return broken;
}

function mismatchLine(mismatch: Mismatch): string {
  const usd = (amount: bigint) => showUsd(formatUsd(amount));
  switch (mismatch.kind) {
    case 'not_at_provider':
      return `attempt ${mismatch.attemptId} has an outcome for ${mismatch.requestId}, which fal does not know`;
    case 'charge_differs':
      return `attempt ${mismatch.attemptId} is charged ${usd(mismatch.chargedNanoUsd)}, fal billed ${usd(mismatch.billedNanoUsd)}`;
    case 'billed_unseen':
      return `fal billed ${usd(mismatch.billedNanoUsd)} for ${mismatch.requestId}, which no attempt of ours accounts for`;
    case 'billed_above_reservation':
      return `fal billed ${usd(mismatch.billedNanoUsd)} for attempt ${mismatch.attemptId}, which holds only ${usd(mismatch.reservedNanoUsd)}`;
  }
}
