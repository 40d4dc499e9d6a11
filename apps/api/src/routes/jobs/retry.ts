import { jobSchema, retryJobSchema } from '@reelay/contract';
import { retryJob } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { given, idOf, idParams, problems } from '../answers.ts';
import { afterSteering } from './after-steering.ts';

export function postJobRetry(app: App, door: Door): void {
  const schema = {
    summary: 'Open a failed, cancelled or expired job again',
    tags: ['jobs'],
    headers: idempotentWrite,
    params: idParams,
    body: retryJobSchema.optional(),
    response: { 200: jobSchema, ...problems },
  };
  app.post('/v1/jobs/:id/retry', { schema }, (request, reply) => {
    const target = { projectId: request.caller.projectId, jobId: idOf('job', request.params) };
    const { input, accept_double_charge } = request.body ?? {};
    const change = given({ inputPatch: input, acceptDoubleCharge: accept_double_charge });
    const run = async () => afterSteering(door, target, await retryJob(door.context, { ...target, ...change }));
    return answerOnce(door, request, reply, { status: 200, run });
  });
}
