import { cancelJobSchema, jobSchema } from '@reelay/contract';
import { cancelJob } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { idOf, idParams, problems } from '../answers.ts';
import { afterSteering } from './after-steering.ts';

export function postJobCancel(app: App, door: Door): void {
  const schema = {
    summary: 'Ask to cancel a job',
    description:
      'What has not been sent ends at once. What fal may be running is only asked to stop; its outcome decides.',
    tags: ['jobs'],
    headers: idempotentWrite,
    params: idParams,
    body: cancelJobSchema.optional(),
    response: { 200: jobSchema, ...problems },
  };
  app.post('/v1/jobs/:id/cancel', { schema }, (request, reply) => {
    const target = { projectId: request.caller.projectId, jobId: idOf('job', request.params) };
    const run = async () => afterSteering(door, target, await cancelJob(door.context, target));
    return answerOnce(door, request, reply, { status: 200, run });
  });
}
