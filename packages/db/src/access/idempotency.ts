/**
 * Idempotency keys. A key is claimed before its request runs and sealed with the answer in the transaction that does the
 * work. `created_at` tells claims apart: who finds a lapsed lease takes the key over with a new one, and from then on the
 * earlier claim can neither seal nor release it.
 */
import type { Db, Tx } from '../client.ts';
import { type IdempotencyKey, Prisma } from '../generated/client.ts';
import { fromNow } from '../interval.ts';

export interface KeyClaim {
  readonly projectId: string;
  readonly key: string;
  readonly claimedAt: Date;
}

export interface KeyRequest {
  readonly projectId: string;
  readonly key: string;
  /** Null while the bytes that it covers are still on their way. */
  readonly fingerprint: string | null;
  readonly leaseMs: number;
  readonly keepMs: number;
}

/** Claims a key that is new, lapsed or past its days; null when somebody holds it or it has its answer. */
export async function claimKey(db: Db, request: KeyRequest): Promise<KeyClaim | null> {
  const { projectId, key, fingerprint } = request;
  const rows = await db.prisma.$queryRaw<{ created_at: Date }[]>`
    INSERT INTO idempotency_keys AS k (project_id, key, fingerprint, lease_until, created_at)
    VALUES (${projectId}, ${key}, ${fingerprint}, ${fromNow(request.leaseMs)}, clock_timestamp())
    ON CONFLICT (project_id, key) DO UPDATE
    SET fingerprint = excluded.fingerprint, lease_until = excluded.lease_until, created_at = excluded.created_at,
      status = NULL, body = NULL
    WHERE (k.status IS NULL AND k.lease_until < now()) OR k.created_at < now() - ${interval(request.keepMs)}
    RETURNING created_at`;
  return rows[0] ? { projectId, key, claimedAt: rows[0].created_at } : null;
}

export function readKey(db: Db, projectId: string, key: string): Promise<IdempotencyKey | null> {
  return db.prisma.idempotencyKey.findUnique({ where: { project_id_key: { project_id: projectId, key } } });
}

/** Stores the answer. False when the claim was lost: then the caller's transaction must not commit. */
export async function sealKey(
  tx: Tx,
  claim: KeyClaim,
  answer: { readonly fingerprint: string; readonly status: number; readonly body: unknown },
): Promise<boolean> {
  const sealed = await tx.$executeRaw`
    UPDATE idempotency_keys
    SET fingerprint = ${answer.fingerprint}, status = ${answer.status}, body = ${JSON.stringify(answer.body)}::jsonb
    WHERE ${isHeldBy(claim)}`;
  return sealed === 1;
}

/** False when the claim was lost, sealed or released: nothing was renewed. */
export async function renewKey(db: Db, claim: KeyClaim, leaseMs: number): Promise<boolean> {
  const renewed = await db.prisma.$executeRaw`
    UPDATE idempotency_keys SET lease_until = ${fromNow(leaseMs)} WHERE ${isHeldBy(claim)}`;
  return renewed === 1;
}

/** Forgets a claim whose request was refused, so that the key is free again. A sealed key stays. */
export async function releaseKey(db: Db, claim: KeyClaim): Promise<void> {
  await db.prisma.$executeRaw`DELETE FROM idempotency_keys WHERE ${isHeldBy(claim)}`;
}

function isHeldBy({ projectId, key, claimedAt }: KeyClaim): Prisma.Sql {
  return Prisma.sql`project_id = ${projectId} AND key = ${key} AND created_at = ${claimedAt} AND status IS NULL`;
}

function interval(durationMs: number): Prisma.Sql {
  return Prisma.sql`make_interval(secs => ${durationMs / 1000}::double precision)`;
}
