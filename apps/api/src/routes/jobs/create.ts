import { createJobSchema, jobSchema } from '@reelay/contract';
import { type Caller, createJob, getJob, type JobView } from '@reelay/engine';
import type { z } from 'zod';
import type { App, Door } from '../../app.ts';
import { invalid } from '../../error-map.ts';
import { answerOnce, idempotentWrite, type Seal } from '../../idempotency.ts';
import { given, problems } from '../answers.ts';

export function postJob(app: App, door: Door): void {
  const schema = {
    summary: 'Submit one job',
    tags: ['jobs'],
    headers: idempotentWrite,
    body: createJobSchema,
    response: { 202: jobSchema, ...problems },
  };
  app.post('/v1/jobs', { schema }, (request, reply) => {
    return answerOnce(door, request, reply, {
      status: 202,
      run: (seal) => create(door, request.caller, request.body, seal),
    });
  });
}

async function create({ context }: Door, caller: Caller, body: z.output<typeof createJobSchema>, seal: Seal) {
  const { projectId, keyId: apiKeyId } = caller;
  let answer: JobView | null = null as JobView | null;
  const outcome = await createJob(context, {
    projectId,
    apiKeyId,
    input: body.input,
    ...jobOptionsOf(body),
    beforeCommit: async (tx, jobId) => {
      answer = await getJob(context, { projectId, jobId }, tx);
      if (answer) await seal(tx, answer);
      return 'commit';
    },
  });
  if (outcome.kind === 'invalid') throw invalid(outcome.problems);
  if (!answer) throw new Error('the job was not readable in its own transaction');
  return answer;
}

function jobOptionsOf(body: z.output<typeof createJobSchema>) {
  return given({
    model: body.model,
    customId: body.custom_id,
    priority: body.priority,
    maxCost: body.max_cost,
    maxAttempts: body.retry?.max_attempts,
    outputName: body.output_name,
    callbackUrl: body.callback_url,
    metadata: body.metadata,
  });
}
