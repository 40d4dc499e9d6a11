import { batchSchema, createBatchSchema, estimateSchema } from '@reelay/contract';
import { type BatchView, type Caller, createBatch, estimateBatch, getBatch } from '@reelay/engine';
import type { z } from 'zod';
import type { App, Door } from '../../app.ts';
import { invalid } from '../../error-map.ts';
import { answerOnce, idempotentWrite, type Seal } from '../../idempotency.ts';
import { given, problems } from '../answers.ts';
import { termsOf } from '../terms.ts';

type Body = z.output<typeof createBatchSchema>;

export const BODY_BYTES_MAX = 16 * 1024 * 1024;

export function postBatch(app: App, door: Door): void {
  const schema = {
    summary: 'Submit a batch of inline rows',
    tags: ['batches'],
    headers: idempotentWrite,
    body: createBatchSchema,
    response: { 200: estimateSchema.describe('With dry_run'), 202: batchSchema, ...problems },
  };
  app.post('/v1/batches', { schema, bodyLimit: BODY_BYTES_MAX }, (request, reply) => {
    if (request.body.dry_run) return estimate(door, request.body);
    return answerOnce(door, request, reply, {
      status: 202,
      run: (seal) => create(door, request.caller, request.body, seal),
    });
  });
}

async function create(door: Door, caller: Caller, body: Body, seal: Seal) {
  const { context } = door;
  const { projectId, keyId: apiKeyId } = caller;
  let answer: BatchView | null = null as BatchView | null;
  const outcome = await createBatch(context, {
    projectId,
    apiKeyId,
    ...batchOf(door, body),
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

/** What rows would cost, in the words of whoever asks: nothing is stored. */
export async function estimate(door: Door, body: Omit<Body, 'dry_run'> & { readonly overrides?: object | undefined }) {
  const overrides = body.overrides as Readonly<Record<string, unknown>> | undefined;
  const report = estimateBatch(door.context, { ...batchOf(door, body), ...given({ overrides }) });
  if (report.kind === 'invalid') throw invalid(report.problems);
  return report.estimate;
}

function batchOf(door: Door, body: Omit<Body, 'dry_run'>) {
  const { rows, defaults, metadata } = body;
  return { ...termsOf(door, body), rows, ...given({ defaults, metadata }) };
}
