import type { LedgerAudit } from '@reelay/engine';
import { expect, it } from 'vitest';
import { auditText, holds } from './audit-text.ts';

const plain = (_style: unknown, text: string) => text;
const SEAL = { blocks: 2, entries: 1_500, unsealed: 3, head: 'ab12' };

it('an audit that holds says what it checked and where the chain ends', () => {
  const audit: LedgerAudit = { checks: [{ claim: 'every budget adds up', faults: [] }], seal: SEAL };

  expect(holds(audit)).toBe(true);
  expect(auditText(audit, plain)).toBe(
    '✓ every budget adds up\n\nsealed  1500 entries in 2 blocks; 3 not sealed yet\nhead    2:ab12\n1 passed, 0 failed',
  );
});

it('a fault is named under the claim that it breaks, with what to do', () => {
  const faults = [{ subject: 'deployment', said: 'holds 1, its entries say 2' }];
  const audit: LedgerAudit = { checks: [{ claim: 'every budget adds up', faults }], seal: SEAL };

  expect(holds(audit)).toBe(false);
  expect(auditText(audit, plain)).toContain('✗ every budget adds up\n    deployment: holds 1, its entries say 2\n');
  expect(auditText(audit, plain)).toContain('Keep this database as it is');
});
