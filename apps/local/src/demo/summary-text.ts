import { type Paint, renderFields, showDuration, showUsd } from '@reelay/cli';
import type { ProviderAudit } from '../audit/provider-audit.ts';
import type { DemoSummary } from './demo-summary.ts';

/** The outcome for a person, and what to do next. */
export function summaryText(
  summary: DemoSummary,
  audit: ProviderAudit,
  broken: readonly string[],
  paint: Paint,
): string {
  const { unresolved, provider } = summary;
  const fields: [string, string | null][] = [
    [
      'jobs',
      `${summary.jobs}: ${summary.succeeded} succeeded, ${summary.failed} failed, ${summary.needs_review} in review`,
    ],
    ['estimated', showUsd(summary.estimated_usd)],
    ['charged', showUsd(summary.charged_usd)],
    ['billed', `${showUsd(provider.billed_usd)} by the provider's own ledger`],
    ['accepted', `${provider.accepted} requests, ${provider.accepted_twice} of them for a job that was already bought`],
    ['books', booksWords(audit)],
    ['unresolved', unresolved.attempts === 0 ? null : unresolvedWords(unresolved)],
    [
      'time',
      `${showDuration(summary.seconds * 1_000)}, slots busy ${Math.round(summary.slot_utilisation * 100)} % of it`,
    ],
  ];
  const verdict = broken.map((line) => paint('red', `broken: ${line}`));
  return [renderFields(fields, paint), ...verdict].join('\n');
}

function booksWords({ compared, mismatches }: ProviderAudit): string {
  const compares = `${compared} outcomes compared with the provider's bill`;
  if (mismatches.length === 0) return `${compares}: equal to the nano-dollar`;
  return `${compares}: ${mismatches.length} differ`;
}

function unresolvedWords({ attempts, reserved_usd, provider_billed_usd }: DemoSummary['unresolved']): string {
  const held = `${attempts} attempts that may have been paid, ${showUsd(reserved_usd)} held for them`;
  return `${held} (the provider billed ${showUsd(provider_billed_usd)})`;
}
