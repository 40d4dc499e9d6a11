import { z } from 'zod';

export const deploymentSchema = z
  .object({
    object: z.literal('deployment'),
    stopped: z.boolean().meta({ description: 'While stopped, nothing is sent to fal.' }),
  })
  .meta({ id: 'Deployment' });

export const healthSchema = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });

export const readinessSchema = z
  .object({
    status: z.enum(['ready', 'not_ready']),
    checks: z.record(z.string(), z.object({ ok: z.boolean(), message: z.string().nullable() })),
  })
  .meta({ id: 'Readiness' });
