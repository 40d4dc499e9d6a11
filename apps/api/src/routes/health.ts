import { healthSchema, readinessSchema } from '@reelay/contract';
import { checkDatabase } from '@reelay/engine';
import type { App, Door } from '../app.ts';

const CHECK_TIMEOUT_MS = 1_500;

/** /healthz: the process is up. /readyz: it can do its work, and if not, what is wrong. */
export function getHealth(app: App, { context }: Door): void {
  const open = { tags: ['health'], security: [] };
  const health = { summary: 'Is the process up?', ...open, response: { 200: healthSchema } };
  app.get('/healthz', { schema: health }, async () => ({ status: 'ok' as const }));

  const readiness = {
    summary: 'Is it able to work?',
    ...open,
    response: { 200: readinessSchema, 503: readinessSchema.describe('What is wrong') },
  };
  app.get('/readyz', { schema: readiness }, async (_request, reply) => {
    const wrong = await checkDatabase(context, CHECK_TIMEOUT_MS);
    const checks = { postgres: { ok: wrong === null, message: wrong } };
    reply.code(wrong === null ? 200 : 503);
    return { status: wrong === null ? ('ready' as const) : ('not_ready' as const), checks };
  });
}
