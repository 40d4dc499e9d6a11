import type { BatchView } from '@reelay/cli';
import { formatUsd } from '@reelay/core';
import type { ProviderAudit } from '../audit/provider-audit.ts';

/** The shape of summary.json, which other programs read: amounts are decimal strings in USD. */
export interface DemoSummary {
  readonly jobs: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly needs_review: number;
  readonly estimated_usd: string | null;
  readonly charged_usd: string | null;
  readonly unresolved: {
    readonly attempts: number;
    readonly reserved_usd: string;
    readonly provider_billed_usd: string;
  };
  readonly provider: { readonly accepted: number; readonly accepted_twice: number; readonly billed_usd: string };
  readonly seconds: number;
  readonly slot_utilisation: number;
}

export interface DemoRun {
  readonly batch: Pick<BatchView, 'request_counts' | 'cost'>;
  readonly audit: ProviderAudit;
  readonly elapsedMs: number;
  readonly slotUtilisation: number;
}

export function demoSummary({ batch, audit, elapsedMs, slotUtilisation }: DemoRun): DemoSummary {
  const { request_counts: counts, cost } = batch;
  return {
    jobs: counts.total - counts.rejected,
    succeeded: counts.succeeded,
    failed: counts.failed,
    needs_review: counts.needs_review,
    estimated_usd: cost.estimated,
    charged_usd: cost.charged,
    unresolved: {
      attempts: audit.unresolved.attempts,
      reserved_usd: formatUsd(audit.unresolved.reservedNanoUsd),
      provider_billed_usd: formatUsd(audit.unresolved.providerBilledNanoUsd),
    },
    provider: {
      accepted: audit.provider.accepted,
      accepted_twice: audit.provider.acceptedTwice,
      billed_usd: formatUsd(audit.provider.billedNanoUsd),
    },
    seconds: Math.round(elapsedMs) / 1_000,
    slot_utilisation: Math.round(slotUtilisation * 1_000) / 1_000,
  };
}
