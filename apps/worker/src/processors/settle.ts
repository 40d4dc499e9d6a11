import { type Context, settleAttempt } from '@reelay/engine';
import type { TaskVerdict } from '@reelay/queue';

/** Settles one attempt if fal has its outcome; a settled one has freed a slot. */
export async function processSettle(context: Context, attemptId: string, freed: () => void): Promise<TaskVerdict> {
  const report = await settleAttempt(context, attemptId);
  if (report.kind === 'settled') freed();
  return { kind: 'done' };
}
