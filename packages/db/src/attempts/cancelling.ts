/** Cancelling: asked of the job, and once of fal. */
import type { Db, Tx } from '../client.ts';

export async function requestCancel(tx: Tx, jobId: string): Promise<void> {
  await tx.$executeRaw`UPDATE jobs SET cancel_requested_at = coalesce(cancel_requested_at, now()) WHERE id = ${jobId}`;
}

/** The attempt of a job that a cancel can still do something about. */
export function findCancellableAttempt(tx: Tx, jobId: string): Promise<{ id: string; state: string } | null> {
  return tx.attempt.findFirst({
    where: { job_id: jobId, state: { in: ['reserved', 'accepted'] } },
    select: { id: true, state: true },
  });
}

/** True for the one caller who may ask fal to cancel this request. */
export async function claimCancelAsk(db: Db, attemptId: string): Promise<boolean> {
  const won = await db.prisma.$executeRaw`
    UPDATE attempts SET cancel_asked_at = now() WHERE id = ${attemptId} AND state = 'accepted' AND cancel_asked_at IS NULL`;
  return won === 1;
}

/** fal did not hear the question: it may be asked again. */
export async function forgetCancelAsk(db: Db, attemptId: string): Promise<void> {
  await db.prisma
    .$executeRaw`UPDATE attempts SET cancel_asked_at = NULL WHERE id = ${attemptId} AND state = 'accepted'`;
}
