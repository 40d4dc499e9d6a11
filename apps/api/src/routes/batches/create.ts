import { batchSchema, createBatchSchema } from '@reelay/contract';
import { type BatchView, type Caller, createBatch, getBatch } from '@reelay/engine';
import type { z } from 'zod';
import type { App, Door } from '../../app.ts';
import { invalid } from '../../error-map.ts';
import { answerOnce, idempotentWrite, type Seal } from '../../idempotency.ts';
import { given, problems } from '../answers.ts';
import { givenNanoUsd } from '../money.ts';

type Body = z.output<typeof createBatchSchema>;

const BODY_BYTES_MAX = 16 * 1024 * 1024;

export function postBatch(app: App, door: Door): void {
  const schema = {
    summary: 'Submit a batch of inline rows',
    tags: ['batches'],
    headers: idempotentWrite,
    body: createBatchSchema,
    response: { 202: batchSchema, ...problems },
  };
  app.post('/v1/batches', { schema, bodyLimit: BODY_BYTES_MAX }, (request, reply) => {
    return answerOnce(door, request, reply, {
      status: 202,
      run: (seal) => create(door, request.caller, request.body, seal),
    });
  });
}

async function create({ context }: Door, caller: Caller, body: Body, seal: Seal) {
  const { projectId, keyId: apiKeyId } = caller;
  const { mode, start, on_unknown: onUnknown } = body;
  let answer: BatchView | null = null as BatchView | null;
  const outcome = await createBatch(context, {
    projectId,
    apiKeyId,
    mode,
    start,
    onUnknown,
    rows: body.rows,
    ...batchOptionsOf(body),
    beforeCommit: async (tx, batchId) => {
      answer = await getBatch(context, { projectId, batchId }, tx);
      if (answer) await seal(tx, answer);
      return 'commit';
    },
  });
  if (outcome.kind === 'invalid') throw invalid(outcome.problems);
  if (!answer) throw new Error('the batch was not readable in its own transaction');
  return answer;
}

function batchOptionsOf(body: Body) {
  return given({
    name: body.name,
    model: body.model,
    defaults: body.defaults,
    capNanoUsd: givenNanoUsd(body.cap),
    unknownBudgetNanoUsd: givenNanoUsd(body.unknown_budget),
    maxAttempts: body.retry?.max_attempts,
    callbackUrl: body.callback_url,
    metadata: body.metadata,
  });
}
