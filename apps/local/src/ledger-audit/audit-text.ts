import type { Paint } from '@reelay/cli';
import type { LedgerAudit } from '@reelay/engine';

export function holds({ checks }: LedgerAudit): boolean {
  return checks.every(({ faults }) => faults.length === 0);
}

/** For machines. */
export function auditDocument(audit: LedgerAudit) {
  return { object: 'ledger_audit' as const, holds: holds(audit), checks: audit.checks, seal: audit.seal };
}

/** For a person: a line per claim, under it what breaks it. */
export function auditText(audit: LedgerAudit, paint: Paint): string {
  const passed = audit.checks.filter(({ faults }) => faults.length === 0).length;
  const failed = audit.checks.length - passed;
  return [
    ...audit.checks.flatMap(({ claim, faults }) => [
      faults.length === 0 ? `${paint('green', '✓')} ${claim}` : `${paint('red', '✗')} ${claim}`,
      ...faults.map(({ subject, said }) => `    ${subject}: ${said}`),
    ]),
    '',
    ...sealLines(audit.seal),
    ...(failed === 0 ? [] : ['Keep this database as it is, and compare it with a backup from before.']),
    `${passed} passed, ${failed} failed`,
  ].join('\n');
}

function sealLines({ blocks, entries, unsealed, head }: LedgerAudit['seal']): string[] {
  const tail = unsealed === 0 ? '' : `; ${unsealed} not sealed yet`;
  return [
    `sealed  ${entries} entries in ${blocks} blocks${tail}`,
    `head    ${blocks === 0 ? 'none yet' : `${blocks}:${head}`}`,
  ];
}
