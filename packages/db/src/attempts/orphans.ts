/** Requests that fal accepted and no attempt stands for: asked to cancel, followed to their end, and booked. */
import type { Db, Tx } from '../client.ts';
import type { OrphanAcceptance } from '../generated/client.ts';
import { fromNow } from '../interval.ts';
import { limitStep } from '../patrol.ts';
import type { Unconfirmed } from './outcome.ts';

export type OrphanRow = OrphanAcceptance;

const CLAIM_MAX = 100;

/**
 * One request id is bound, or kept as an orphan, by one transaction at a time. Taken after the locks of job and attempt,
 * and never for two requests at once.
 */
export async function lockRequest(tx: Tx, requestId: string): Promise<void> {
  await tx.$queryRaw`SELECT pg_advisory_xact_lock(hashtextextended('reelay.request.' || ${requestId}, 0))::text`;
}

export async function isOrphan(tx: Tx, requestId: string): Promise<boolean> {
  return (await tx.orphanAcceptance.count({ where: { request_id: requestId } })) > 0;
}

/** Whether fal took a request for this attempt that was not bound to it. */
export async function hasOrphan(tx: Tx, attemptId: string): Promise<boolean> {
  return (await tx.orphanAcceptance.count({ where: { attempt_id: attemptId } })) > 0;
}

/** Whether its end is booked. */
export async function isOrphanSettled(tx: Tx, requestId: string): Promise<boolean> {
  return (await tx.orphanAcceptance.count({ where: { request_id: requestId, state: 'settled' } })) > 0;
}

/** True for the one who found it. */
export async function insertOrphan(
  tx: Tx,
  orphan: { requestId: string; attemptId: string; source: string },
): Promise<boolean> {
  const won = await tx.$executeRaw`
    INSERT INTO orphan_acceptances (request_id, attempt_id, source)
    VALUES (${orphan.requestId}, ${orphan.attemptId}, ${orphan.source}) ON CONFLICT DO NOTHING`;
  return won === 1;
}

/** Claims open orphans whose check is due by pushing it to `againMs` from now; the attempts that they are kept with. */
export async function claimDueOrphans(tx: Tx, againMs: number): Promise<string[]> {
  await limitStep(tx);
  const rows = await tx.$queryRaw<{ attempt_id: string }[]>`
    UPDATE orphan_acceptances SET next_check_at = ${fromNow(againMs)}
    WHERE request_id IN (
      SELECT request_id FROM orphan_acceptances WHERE state = 'open' AND next_check_at <= now()
      ORDER BY next_check_at LIMIT ${CLAIM_MAX} FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING attempt_id`;
  return [...new Set(rows.map(({ attempt_id }) => attempt_id))].sort();
}

export function openOrphans(tx: Tx, attemptId: string): Promise<OrphanRow[]> {
  return tx.orphanAcceptance.findMany({
    where: { attempt_id: attemptId, state: 'open' },
    orderBy: [{ seen_at: 'asc' }, { request_id: 'asc' }],
    take: CLAIM_MAX,
  });
}

/** True for the one caller who may ask fal to cancel it. */
export async function claimOrphanCancel(db: Db, requestId: string): Promise<boolean> {
  const won = await db.prisma.$executeRaw`
    UPDATE orphan_acceptances SET cancel_asked_at = now()
    WHERE request_id = ${requestId} AND state = 'open' AND cancel_asked_at IS NULL`;
  return won === 1;
}

/** fal did not hear the question: it may be asked again. */
export async function forgetOrphanCancel(db: Db, requestId: string): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE orphan_acceptances SET cancel_asked_at = NULL WHERE request_id = ${requestId} AND state = 'open'`;
}

export async function scheduleOrphan(
  db: Db,
  requestId: string,
  next: { delayMs: number; unconfirmed: Unconfirmed },
): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE orphan_acceptances SET checks = checks + 1, next_check_at = ${fromNow(next.delayMs)},
      unconfirmed = CASE WHEN ${next.unconfirmed != null} THEN unconfirmed + 1 ELSE 0 END,
      called_ok = called_ok OR ${next.unconfirmed?.calledOk ?? false}
    WHERE request_id = ${requestId} AND state = 'open'`;
}

/** Whether it was found so long ago, by Postgres' clock. */
export async function isOrphanOlderThan(tx: Tx, requestId: string, ageMs: number): Promise<boolean> {
  const [row] = await tx.$queryRaw<{ older: boolean }[]>`
    SELECT seen_at <= ${fromNow(-ageMs)} AS older FROM orphan_acceptances WHERE request_id = ${requestId}`;
  return row?.older ?? false;
}

export interface OrphanEnd {
  readonly outcome: 'succeeded' | 'failed' | 'lost';
  readonly used: boolean;
  readonly httpStatus: number | null;
  readonly billableUnits: string | null;
  readonly unitPriceNanoUsd: bigint;
}

/** open → settled, for good. */
export async function markOrphanSettled(tx: Tx, requestId: string, end: OrphanEnd): Promise<boolean> {
  const won = await tx.$executeRaw`
    UPDATE orphan_acceptances SET state = 'settled', outcome = ${end.outcome}, used = ${end.used},
      http_status = ${end.httpStatus}, billable_units = ${end.billableUnits}, unit_price_nano_usd = ${end.unitPriceNanoUsd}::bigint, settled_at = now()
    WHERE request_id = ${requestId} AND state = 'open'`;
  return won === 1;
}
