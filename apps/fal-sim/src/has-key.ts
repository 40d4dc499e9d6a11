import type { FastifyRequest } from 'fastify';

/** Any key is a good key; none, or one of another kind, is not. */
export function hasKey(http: FastifyRequest): boolean {
  return /^Key \S+/.test(http.headers.authorization ?? '');
}
