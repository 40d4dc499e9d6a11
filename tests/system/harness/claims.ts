/** What every system test ends with: nothing lost, nothing paid twice, every cent accounted for. */
import { readAttemptsForAudit } from '@reelay/db';
import { auditProvider, providerRequestFrom } from '@reelay/local';
import { eventually } from '@reelay/testkit';
import { expect } from 'vitest';
import type { System } from './start-system.ts';

const MORE_THAN_ANY_TEST = 100_000;

/** Waits until every job of the batch has ended or waits for a person. */
export async function untilBatchEnds(
  system: System,
  batchId: string,
  timeoutMs: number,
): Promise<Record<string, number>> {
  return eventually(
    async () => {
      const counts = await countJobs(system, batchId);
      if ((counts.queued ?? 0) + (counts.active ?? 0) > 0) throw new Error(`still open: ${JSON.stringify(counts)}`);
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
  const rows = await readAttemptsForAudit(system.db, { after: '', limit: MORE_THAN_ANY_TEST });
  const attempts = rows.map((row) => ({
    id: row.id,
    jobId: row.job_id,
    jobStatus: row.job_status,
    state: row.state,
    requestId: row.request_id,
    reservedNanoUsd: row.reserved_nano_usd,
    chargedNanoUsd: row.charged_nano_usd,
  }));
  const audit = auditProvider(system.sim.ledger().map(providerRequestFrom), attempts);

  expect(audit.doubles).toEqual([]);
  expect(audit.withoutJob).toEqual([]);
  expect(audit.mismatches).toEqual([]);
  expect(audit.compared).toBeGreaterThan(0);
}
