/** A person's word on which request of fal is an attempt's, kept until fal was asked about it. */
import type { Tx } from '../client.ts';
import { fromNow } from '../interval.ts';
import { limitStep } from '../patrol.ts';

const CLAIM_MAX = 100;

/** Keeps the word and has fal asked at once. A later word takes the place of an earlier one. */
export async function storeClaim(tx: Tx, attemptId: string, requestId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempts SET claimed_request_id = ${requestId}, next_check_at = now()
    WHERE id = ${attemptId} AND state IN ('unknown', 'lost')`;
}

/** Forgets the word, if it is still that one. */
export async function clearClaim(tx: Tx, attemptId: string, requestId: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempts SET claimed_request_id = NULL WHERE id = ${attemptId} AND claimed_request_id = ${requestId}`;
}

/** fal could not say: it is asked again after `delayMs`. */
export async function postponeClaim(tx: Tx, attemptId: string, delayMs: number): Promise<void> {
  await tx.$executeRaw`
    UPDATE attempts SET next_check_at = ${fromNow(delayMs)} WHERE id = ${attemptId} AND claimed_request_id IS NOT NULL`;
}

/** Attempts with a person's word that is due to be checked; pushes the check to `againMs` from now. */
export async function claimDueClaims(tx: Tx, againMs: number): Promise<string[]> {
  await limitStep(tx);
  const rows = await tx.$queryRaw<{ id: string }[]>`
    UPDATE attempts SET next_check_at = ${fromNow(againMs)}
    WHERE id IN (
      SELECT id FROM attempts WHERE claimed_request_id IS NOT NULL AND next_check_at <= now()
      ORDER BY next_check_at LIMIT ${CLAIM_MAX} FOR NO KEY UPDATE SKIP LOCKED
    )
    RETURNING id`;
  return rows.map(({ id }) => id).sort();
}

/** Shows on a job in review how its check stands. */
export async function noteReview(
  tx: Tx,
  jobId: string,
  detail: 'checking_request' | 'request_not_adopted',
): Promise<void> {
  await tx.$executeRaw`UPDATE jobs SET status_detail = ${detail} WHERE id = ${jobId} AND status = 'needs_review'`;
}
