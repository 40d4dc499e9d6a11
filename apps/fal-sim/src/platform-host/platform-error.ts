import { randomUUID } from 'node:crypto';
import type { FastifyReply } from 'fastify';

type PlatformErrorType = 'authorization_error' | 'validation_error' | 'not_found' | 'server_error';

/** An error in the platform API's own shape, which is not that of the queue. */
export class PlatformError extends Error {
  override name = 'PlatformError';
  readonly statusCode: number;
  readonly type: PlatformErrorType;

  constructor(statusCode: number, type: PlatformErrorType, message: string) {
    super(message);
    this.statusCode = statusCode;
    this.type = type;
  }
}

export function answerPlatformError(error: unknown, reply: FastifyReply): FastifyReply {
  const known =
    error instanceof PlatformError ? error : new PlatformError(500, 'server_error', 'An unexpected error occurred');
  const requestId = randomUUID();
  return reply
    .code(known.statusCode)
    .header('x-fal-request-id', requestId)
    .send({ error: { type: known.type, message: known.message, request_id: requestId } });
}
