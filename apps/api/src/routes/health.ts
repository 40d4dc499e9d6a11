import { healthSchema, readinessSchema } from '@reelay/contract';
import { checkReadiness } from '@reelay/engine';
import type { App, Door } from '../app.ts';

/** /healthz: the process is up. /readyz: it can do its work, and if not, what is wrong. */
export function getHealth(app: App, { context }: Door): void {
  const open = { tags: ['health'], security: [] };
  const health = { summary: 'Is the process up?', ...open, response: { 200: healthSchema } };
  app.get('/healthz', { schema: health }, async () => ({ status: 'ok' as const }));

  const schema = {
    summary: 'Is it able to work?',
    ...open,
    response: { 200: readinessSchema, 503: readinessSchema.describe('What is wrong') },
  };
  app.get('/readyz', { schema }, async (_request, reply) => {
    const readiness = await checkReadiness(context);
    reply.code(readiness.status === 'ready' ? 200 : 503);
    return readiness;
  });
}
