/** What every system test ends with: nothing lost, nothing paid twice, every cent accounted for. */
import { foldLedger, inTransaction } from '@reelay/db';
import { auditProvider, providerRequestFrom, readAuditedAttempts } from '@reelay/local';
import { eventually } from '@reelay/testkit';
import { expect } from 'vitest';
import type { System } from './start-system.ts';

/** Waits until the batch has closed with every one of its jobs ended or waiting for a person. */
export async function untilBatchEnds(
  system: System,
  batch: { readonly id: string; readonly jobs: number },
  timeoutMs: number,
): Promise<Record<string, number>> {
  return eventually(
    async () => {
      const { state } = await system.db.prisma.batch.findUniqueOrThrow({ where: { id: batch.id } });
      const counts = await countJobs(system, batch.id);
      if (state !== 'completed') throw new Error(`the batch is ${state}: ${JSON.stringify(counts)}`);
      const { queued = 0, active = 0, ...ended } = counts;
      expect(queued + active).toBe(0);
      expect(Object.values(ended).reduce((sum, count) => sum + count, 0)).toBe(batch.jobs);
      return counts;
    },
    { timeoutMs, intervalMs: 100 },
  );
}

export async function countJobs(system: System, batchId: string): Promise<Record<string, number>> {
  const groups = await system.db.prisma.job.groupBy({ by: ['status'], where: { batch_id: batchId }, _count: true });
  return Object.fromEntries(groups.map((group) => [group.status, group._count]));
}

export async function countAttempts(system: System): Promise<Record<string, number>> {
  const groups = await system.db.prisma.attempt.groupBy({ by: ['state'], _count: true });
  return Object.fromEntries(groups.map((group) => [group.state, group._count]));
}

/** The provider's ledger against ours: no double acceptance, no stray request, charge = bill for every known outcome. */
export async function expectBooksToAgree(system: System): Promise<void> {
  const requests = system.sim.ledger().map(providerRequestFrom);
  const audit = auditProvider(requests, await readAuditedAttempts(system.db));

  expect(audit.doubles).toEqual([]);
  expect(audit.withoutJob).toEqual([]);
  expect(audit.mismatches).toEqual([]);
  expect(audit.compared).toBeGreaterThan(0);
  await expectBudgetsToEqualLedger(system);
}

/** Every budget row, folded, is what its entries add up to. */
async function expectBudgetsToEqualLedger(system: System): Promise<void> {
  await inTransaction(system.db, foldLedger);
  const drifted = await system.db.prisma.$queryRaw<object[]>`
    SELECT b.scope, b.period, b.reserved_nano_usd, b.charged_nano_usd, e.reserved, e.charged
    FROM budgets b CROSS JOIN LATERAL (
      SELECT coalesce(sum(CASE kind WHEN 'reserve' THEN amount_nano_usd WHEN 'release' THEN -amount_nano_usd END), 0) AS reserved,
        coalesce(sum(amount_nano_usd) FILTER (WHERE kind IN ('charge', 'orphan_charge', 'adjust')), 0) AS charged
      FROM ledger_entries l JOIN attempts a ON a.id = l.attempt_id
      WHERE b.scope IN ('deployment', 'project:' || a.project_id, 'key:' || a.api_key_id, 'batch:' || a.batch_id)
        AND (b.period = 'total' OR b.window_start = date_trunc(b.period, a.reserved_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')
    ) e
    WHERE (b.reserved_nano_usd, b.charged_nano_usd) IS DISTINCT FROM (e.reserved, e.charged)`;
  expect(drifted).toEqual([]);
}
