import { batchSchema, cancelBatchSchema, noBodySchema } from '@reelay/contract';
import { cancelBatch, confirmBatch, pauseBatch, resumeBatch } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { given, idOf, idParams, problems } from '../answers.ts';
import { afterSteering } from './after-steering.ts';

const VERBS = {
  pause: { summary: 'Stop sending jobs of a batch; what runs goes on', description: undefined, steer: pauseBatch },
  resume: {
    summary: 'Go on: take back a pause of one’s own, one that a brake set, or release the rows behind a pilot',
    description:
      'First the pauses `user`, `waste` and `error_rate` go, and brakes count anew. Without any of them a pilot is released: one that has ended, or one that still runs while nothing holds the batch. Other pauses stay.',
    steer: resumeBatch,
  },
  confirm: {
    summary: 'Start a batch that waits for confirmation of its estimate',
    description: undefined,
    steer: confirmBatch,
  },
} as const;

/** POST /v1/batches/{id}/pause, /resume and /confirm: nothing but a verb each. */
export function postBatchSteering(app: App, door: Door): void {
  for (const [verb, { summary, description, steer }] of Object.entries(VERBS)) {
    const schema = {
      summary,
      ...given({ description }),
      tags: ['batches'],
      headers: idempotentWrite,
      params: idParams,
      body: noBodySchema.optional(),
      response: { 200: batchSchema, ...problems },
    };
    app.post(`/v1/batches/:id/${verb}`, { schema }, (request, reply) => {
      const target = { projectId: request.caller.projectId, batchId: idOf('batch', request.params) };
      const run = async () => afterSteering(door, target, await steer(door.context, target));
      return answerOnce(door, request, reply, { status: 200, run });
    });
  }
}

export function postBatchCancel(app: App, door: Door): void {
  const schema = {
    summary: 'Cancel a batch',
    description: 'What is queued ends at once. drain lets what runs at fal finish, abort asks fal to stop it.',
    tags: ['batches'],
    headers: idempotentWrite,
    params: idParams,
    body: cancelBatchSchema.optional(),
    response: { 200: batchSchema, ...problems },
  };
  app.post('/v1/batches/:id/cancel', { schema }, (request, reply) => {
    const target = { projectId: request.caller.projectId, batchId: idOf('batch', request.params) };
    const mode = request.body?.mode ?? 'drain';
    const run = async () => afterSteering(door, target, await cancelBatch(door.context, { ...target, mode }));
    return answerOnce(door, request, reply, { status: 200, run });
  });
}
