import { deploymentSchema, noBodySchema } from '@reelay/contract';
import { startAll, stopAll } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { problems } from '../answers.ts';

/** The emergency brake: repeating either call changes nothing more, so neither needs a key of its own. */
export function postStopAll(app: App, { context }: Door): void {
  const answer = { tags: ['admin'], body: noBodySchema.optional(), response: { 200: deploymentSchema, ...problems } };
  app.post('/v1/admin/stop-all', { schema: { summary: 'Send nothing more to fal', ...answer } }, async () => {
    await stopAll(context);
    return { object: 'deployment' as const, stopped: true };
  });
  app.post('/v1/admin/start-all', { schema: { summary: 'Allow sending again', ...answer } }, async () => {
    await startAll(context);
    return { object: 'deployment' as const, stopped: false };
  });
}
