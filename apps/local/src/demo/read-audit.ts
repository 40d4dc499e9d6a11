import { type Db, readAttemptsForAudit } from '@reelay/db';
import type { FalSim } from '@reelay/fal-sim';
import { type AuditedAttempt, type ProviderRequest, providerRequestFrom } from '../audit/inputs.ts';

const PAGE = 1_000;

export async function readAuditedAttempts(db: Db): Promise<AuditedAttempt[]> {
  const attempts: AuditedAttempt[] = [];
  for (;;) {
    const rows = await readAttemptsForAudit(db, { after: attempts.at(-1)?.id ?? '', limit: PAGE });
    for (const row of rows) {
      attempts.push({
        id: row.id,
        jobId: row.job_id,
        jobStatus: row.job_status,
        state: row.state,
        requestId: row.request_id,
        reservedNanoUsd: row.reserved_nano_usd,
        chargedNanoUsd: row.charged_nano_usd,
        orphans: row.orphans.map(({ request_id: requestId, state, charged_nano_usd: charged }) => ({
          requestId,
          state,
          chargedNanoUsd: charged === null ? null : BigInt(charged),
        })),
      });
    }
    if (rows.length < PAGE) return attempts;
  }
}

export function readProviderRequests(sim: FalSim): ProviderRequest[] {
  return [...sim.ledger()].map(providerRequestFrom);
}
