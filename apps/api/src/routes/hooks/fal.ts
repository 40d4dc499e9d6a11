import { receiveWebhook } from '@reelay/engine';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Door } from '../../app.ts';
import { notFound } from '../../error-map.ts';
import { ProblemError } from '../../problem-error.ts';
import { problems } from '../answers.ts';

const BODY_BYTES_MAX = 1024 * 1024;

/** fal's callbacks. The signature covers the raw bytes, so nothing parses them on the way. */
export function falWebhook({ context }: Door): FastifyPluginAsyncZod {
  return async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
    const schema = {
      summary: "Receive fal's callback for an attempt",
      tags: ['hooks'],
      security: [],
      params: z.object({ attempt: z.string().max(64), token: z.string().max(128) }),
      response: { 200: z.object({ received: z.literal(true) }), ...problems },
    };
    scope.post('/hooks/fal/:attempt/:token', { schema, bodyLimit: BODY_BYTES_MAX }, async (request) => {
      const { attempt: attemptId, token } = request.params;
      const rawBody = request.body instanceof Uint8Array ? request.body : new Uint8Array();
      const report = await receiveWebhook(context, { attemptId, token, headers: request.headers, rawBody });
      if (report.kind === 'unknown_attempt') throw notFound('attempt');
      if (report.kind === 'forged') {
        context.log.warn({ attemptId, reason: report.reason }, 'callback refused');
        throw new ProblemError('forged_webhook', 'the callback cannot be verified');
      }
      return { received: true as const };
    });
  };
}
