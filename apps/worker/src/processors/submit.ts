import { type Context, submitAttempt } from '@reelay/engine';
import type { TaskVerdict } from '@reelay/queue';

/** Sends one attempt. Under an embargo the task goes back and the whole queue holds still. */
export async function processSubmit(context: Context, attemptId: string, freed: () => void): Promise<TaskVerdict> {
  const report = await submitAttempt(context, attemptId);
  switch (report.kind) {
    case 'held':
      return { kind: 'hold', forMs: report.untilMs, again: true };
    case 'refused':
      freed();
      return report.embargoMs === null ? { kind: 'done' } : { kind: 'hold', forMs: report.embargoMs, again: false };
    case 'released':
      freed();
      return { kind: 'done' };
    case 'accepted':
    case 'unknown':
    case 'not_ours':
      return { kind: 'done' };
  }
}
