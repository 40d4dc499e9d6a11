import { jobSchema, resolveJobSchema } from '@reelay/contract';
import { type Resolution, resolveJob } from '@reelay/engine';
import type { z } from 'zod';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { idOf, idParams, problems } from '../answers.ts';
import { afterSteering } from './after-steering.ts';

export function postJobResolve(app: App, door: Door): void {
  const schema = {
    summary: 'Settle a job that needs review',
    tags: ['jobs'],
    headers: idempotentWrite,
    params: idParams,
    body: resolveJobSchema,
    response: { 200: jobSchema, ...problems },
  };
  app.post('/v1/jobs/:id/resolve', { schema }, (request, reply) => {
    const target = { projectId: request.caller.projectId, jobId: idOf('job', request.params) };
    const run = async () =>
      afterSteering(door, target, await resolveJob(door.context, { ...target, ...resolutionOf(request.body) }));
    return answerOnce(door, request, reply, { status: 200, run });
  });
}

function resolutionOf(body: z.output<typeof resolveJobSchema>): Resolution {
  return body.action === 'adopt' ? { action: 'adopt', requestId: body.request_id } : { action: body.action };
}
