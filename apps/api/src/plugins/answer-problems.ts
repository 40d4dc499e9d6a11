import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { ERROR_CODES } from '@reelay/contract';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { toProblem, toProblemError } from '../error-map.ts';
import { ProblemError } from '../problem-error.ts';

/** Whatever goes wrong, the answer is application/problem+json with the request's id; what is our fault is also logged. */
export function answerProblems(app: App): void {
  const routes: { readonly pattern: RegExp; readonly methods: readonly string[] }[] = [];
  app.addHook('onRoute', ({ url, method }) => {
    routes.push({ pattern: patternOf(url), methods: [method].flat() });
  });
  app.setErrorHandler((error, request, reply) => sendProblem(error, request, reply));
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?', 1)[0] ?? '';
    const allowed = routes.filter(({ pattern }) => pattern.test(path)).flatMap(({ methods }) => methods);
    return sendProblem(allowed.length === 0 ? noRoute(path) : wrongMethod(request.method, allowed), request, reply);
  });
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const refused = toProblemError(error, request);
  const problem = toProblem(refused, request);
  if (problem.status >= 500) request.log.error({ err: error }, 'request failed');
  return reply
    .code(problem.status)
    .headers({ ...refused.headers, 'x-request-id': request.id })
    .type('application/problem+json')
    .serializer(JSON.stringify)
    .send(problem);
}

/** For what is not even HTTP: there is no request to answer, so the problem is written to the socket. */
export function answerClientError(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const code = error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 'request_timeout' : 'bad_request';
  const refused = new ProblemError(
    code,
    'the request cannot be read as HTTP, or its headers are too large or too slow',
  );
  const body = JSON.stringify(toProblem(refused, { id: '', url: '' }));
  const { status } = ERROR_CODES[code];
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

function noRoute(path: string): ProblemError {
  const hint = path.length > 1 && path.endsWith('/') ? '; leave out the slash at the end' : '';
  return new ProblemError('not_found', `there is nothing at this path; /docs lists what there is${hint}`);
}

function wrongMethod(method: string, allowed: readonly string[]): ProblemError {
  const allow = [...new Set(allowed)].sort().join(', ');
  return new ProblemError('method_not_allowed', `${method} is not possible here, but ${allow}`, { headers: { allow } });
}

function patternOf(url: string): RegExp {
  const source = url
    .replace(/[.+?^${}()|[\]\\]/g, '\\$&')
    .replace(/:[^/]+/g, '[^/]+')
    .replace(/\*/g, '.+');
  return new RegExp(`^${source}$`);
}
