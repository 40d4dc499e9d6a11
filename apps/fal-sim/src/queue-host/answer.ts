import { randomUUID } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { SimRequest } from '../sim-request.ts';
import { applicationOf } from './request-path.ts';

export function answerJson(reply: FastifyReply, statusCode: number, body: unknown, requestId?: string): FastifyReply {
  return reply
    .code(statusCode)
    .header('x-fal-request-id', requestId ?? randomUUID())
    .type('application/json')
    .send(typeof body === 'string' ? body : JSON.stringify(body));
}

/** A page from a proxy in front of fal: no JSON, none of fal's headers. */
export function answerGatewayPage(reply: FastifyReply, statusCode: number, title: string): FastifyReply {
  const page = `<html>\r\n<head><title>${title}</title></head>\r\n<body><center><h1>${title}</h1></center></body>\r\n</html>\r\n`;
  return reply.code(statusCode).type('text/html').send(page);
}

export function answerNotFound(reply: FastifyReply): FastifyReply {
  return answerJson(reply, 404, { status: 'NOT_FOUND', detail: 'Request not found' });
}

/** An error of fal itself, not of the model. */
export function answerRequestError(
  reply: FastifyReply,
  statusCode: number,
  errorType: string,
  detail: string,
): FastifyReply {
  reply.header('x-fal-error-type', errorType);
  return answerJson(reply, statusCode, { detail, error_type: errorType });
}

/** Tears the connection down with a reset; the caller gets no byte of an answer. */
export function resetConnection(reply: FastifyReply): FastifyReply {
  reply.hijack();
  reply.raw.socket?.resetAndDestroy();
  return reply;
}

/** Sends headers and half of the body, then breaks the connection. */
export function truncateAnswer(
  reply: FastifyReply,
  statusCode: number,
  body: Buffer,
  contentType = 'application/json',
): FastifyReply {
  reply.hijack();
  reply.raw.writeHead(statusCode, { 'content-type': contentType, 'content-length': body.length });
  reply.raw.write(body.subarray(0, body.length / 2), () => reply.raw.socket?.destroy());
  return reply;
}

/** Returns false, without waiting longer, when the caller hangs up or the simulator closes. */
export async function holdBack(request: FastifyRequest, ms: number, closing: AbortSignal): Promise<boolean> {
  const { socket } = request.raw;
  return new Promise((resolve) => {
    const settle = (waited: boolean) => () => {
      clearTimeout(timer);
      socket.off('close', onClose);
      closing.removeEventListener('abort', onClose);
      resolve(waited);
    };
    const onClose = settle(false);
    const timer = setTimeout(settle(true), ms);
    socket.once('close', onClose);
    closing.addEventListener('abort', onClose, { once: true });
  });
}

export interface RequestAddresses {
  readonly response_url: string;
  readonly status_url: string;
  readonly cancel_url: string;
}

export function addressesOf(request: SimRequest, publicUrl: string | undefined): RequestAddresses {
  const base = `${publicUrl ?? request.baseUrl}/${applicationOf(request.endpoint)}/requests/${request.id}`;
  return { response_url: base, status_url: `${base}/status`, cancel_url: `${base}/cancel` };
}
