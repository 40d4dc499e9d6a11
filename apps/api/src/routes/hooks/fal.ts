import { type ReceiveReport, receiveWebhook } from '@reelay/engine';
import type { FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Door } from '../../app.ts';
import { type CallbackTally, makeCallbackTally } from '../../callback-tally.ts';
import { notFound, unavailable } from '../../error-map.ts';
import { endUnreadBodies } from '../../plugins/end-unread-bodies.ts';
import { ProblemError } from '../../problem-error.ts';
import { problems } from '../answers.ts';

const BODY_BYTES_MAX = 1024 * 1024;
/** fal waits that long for the answer to its first try. */
const TIMEOUT_MS = 15_000;

const Path = z.object({ attempt: z.string().max(64), token: z.string().max(128) });

/**
 * fal's callbacks. The token is judged before a byte of the body is read. The signature covers the raw bytes, so nothing
 * parses them on the way.
 */
export function falWebhook({ context }: Door): FastifyPluginAsyncZod {
  const tally = makeCallbackTally(context);
  return async (scope) => {
    endUnreadBodies(scope);
    scope.addHook('onRequest', async (request) => {
      const path = Path.safeParse(request.params);
      if (path.success && context.fal.isWebhookToken(path.data.attempt, path.data.token)) return;
      tally.refuse('token');
      throw forged();
    });
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
    const schema = {
      summary: "Receive fal's callback for an attempt",
      tags: ['hooks'],
      security: [],
      params: Path,
      response: { 200: z.object({ received: z.literal(true) }), ...problems },
    };
    const limits = { bodyLimit: BODY_BYTES_MAX, handlerTimeout: TIMEOUT_MS };
    scope.post('/hooks/fal/:attempt/:token', { schema, ...limits }, async (request) => {
      const { attempt: attemptId, token } = request.params;
      const incoming = { attemptId, token, headers: request.headers, rawBody: bytesOf(request) };
      return answerTo(await receiveWebhook(context, incoming), attemptId, tally);
    });
  };
}

function bytesOf({ body }: FastifyRequest): Uint8Array {
  return body instanceof Uint8Array ? body : new Uint8Array();
}

function answerTo(report: ReceiveReport, attemptId: string, tally: CallbackTally): { received: true } {
  if (report.kind === 'forged') {
    tally.refuse(report.reason, { attemptId });
    throw forged();
  }
  tally.count(report.kind);
  if (report.kind === 'unknown_attempt') throw notFound('attempt');
  if (report.kind === 'unverifiable') throw unavailable("fal's keys cannot be fetched at the moment; deliver again");
  return { received: true };
}

function forged(): ProblemError {
  return new ProblemError('forged_webhook', 'the callback cannot be verified');
}
