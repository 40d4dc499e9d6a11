import { type AttemptRow, claimCancelAsk, forgetCancelAsk } from '@reelay/db';
import type { Context } from '../context.ts';

/** Asks fal to cancel a request, once: the next look asks again only when fal did not hear. True when it heard just now. */
export async function askToCancel(context: Context, attempt: AttemptRow): Promise<boolean> {
  if (attempt.request_id === null || !(await claimCancelAsk(context.db, attempt.id))) return false;
  const answer = await context.fal.cancel(attempt.model, attempt.request_id);
  if (answer === 'unavailable') await forgetCancelAsk(context.db, attempt.id);
  context.log.info({ attemptId: attempt.id, requestId: attempt.request_id, answer }, 'asked fal to cancel');
  return answer !== 'unavailable';
}
