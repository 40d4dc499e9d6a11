import { batchSchema, changeBatchSchema } from '@reelay/contract';
import { changeBatch } from '@reelay/engine';
import type { App, Door } from '../../app.ts';
import { answerOnce, idempotentWrite } from '../../idempotency.ts';
import { given, idOf, idParams, problems } from '../answers.ts';
import { maybeNanoUsdOf } from '../money.ts';
import { pauseIfOf } from '../terms.ts';
import { afterSteering } from './after-steering.ts';

export function patchBatch(app: App, door: Door): void {
  const schema = {
    summary: 'Change the cap, name, metadata, priority, weight or brakes of a batch',
    tags: ['batches'],
    headers: idempotentWrite,
    params: idParams,
    body: changeBatchSchema,
    response: { 200: batchSchema, ...problems },
  };
  app.patch('/v1/batches/:id', { schema }, (request, reply) => {
    const target = { projectId: request.caller.projectId, batchId: idOf('batch', request.params) };
    const { cap, name, metadata, priority, weight, max_waste, pause_if } = request.body;
    const pauseIf = pause_if && pauseIfOf(pause_if);
    const money = { capNanoUsd: maybeNanoUsdOf(cap), maxWasteNanoUsd: maybeNanoUsdOf(max_waste) };
    const change = given({ ...money, name, metadata, priority, weight, pauseIf });
    const run = async () => afterSteering(door, target, await changeBatch(door.context, { ...target, ...change }));
    return answerOnce(door, request, reply, { status: 200, run });
  });
}
