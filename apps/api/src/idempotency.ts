/**
 * A write with an Idempotency-Key runs once. The key is claimed after the request proved valid, so a refused request
 * never uses it up; verbs that create something seal the answer in their own transaction.
 */
import { createHash } from 'node:crypto';
import {
  claimIdempotencyKey,
  type IdempotencyClaim,
  releaseIdempotencyKey,
  type StoredAnswer,
  sealIdempotencyKey,
} from '@reelay/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { z } from 'zod';
import type { Door } from './app.ts';
import { canonicalJson } from './canonical-json.ts';
import { inProgress, invalid } from './error-map.ts';
import { holdKey } from './hold-key.ts';
import { ProblemError } from './problem-error.ts';

const KEY = /^[\x21-\x7e]{1,255}$/;

/** For the documentation; the header itself is read where it is used. */
export const idempotentWrite = z.looseObject({
  'idempotency-key': z.string().optional().meta({
    description:
      'Repeating the request with the same key returns the first answer. While the first request runs, 409; one that died with its server is free to be repeated after 15 s. Kept for seven days.',
  }),
});

export type Tx = Parameters<typeof sealIdempotencyKey>[0];

/**
 * Stores the answer in the transaction that does the work; does nothing when the request carries no key. An upload gives
 * its fingerprint here, because it is known only now.
 */
export type Seal = (tx: Tx, body: object, fingerprint?: string) => Promise<void>;

export function idempotencyKeyOf(request: FastifyRequest): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY.test(key)) return key;
  const message = 'must be 1 to 255 visible ASCII characters';
  throw invalid([{ pointer: '/idempotency-key', code: 'invalid_header', message }]);
}

export interface Write<Body> {
  readonly status: number;
  /** Does the work and returns the answer. Work that is long may end when the key is lost. */
  readonly run: (seal: Seal, lost?: AbortSignal) => Promise<Body>;
}

export async function answerOnce<Body extends object>(
  { context }: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  write: Write<Body>,
): Promise<Body> {
  const key = idempotencyKeyOf(request);
  reply.code(write.status);
  if (key === null) return write.run(async () => {});
  const fingerprint = fingerprintOf(request);
  const outcome = await claimIdempotencyKey(context, { projectId: request.caller.projectId, key, fingerprint });
  if (outcome.kind === 'in_progress') throw inProgress();
  if (outcome.kind === 'mismatch') throw mismatch();
  if (outcome.kind === 'answered') return replay<Body>(reply, outcome.answer);
  return runClaimed(context, outcome.claim, { ...write, fingerprint });
}

export function replay<Body>(reply: FastifyReply, answer: StoredAnswer): Body {
  reply.code(answer.status).header('idempotent-replayed', 'true');
  return answer.body as Body;
}

export const mismatch = () =>
  new ProblemError('idempotency_mismatch', 'this key was used for a request with another body; use a new key');

/** The key is held while the work runs. Whatever fails before the answer is sealed gives it back. */
export async function runClaimed<Body extends object>(
  context: Door['context'],
  claim: IdempotencyClaim,
  { status, fingerprint = '', run }: Write<Body> & { readonly fingerprint?: string },
): Promise<Body> {
  let sealed = false;
  const hold = holdKey(context, claim);
  const seal = async (tx: Tx, body: object, own = fingerprint) => {
    await sealIdempotencyKey(tx, claim, { fingerprint: own, status, body });
    sealed = true;
  };
  try {
    const body = await run(seal, hold.lost);
    if (!sealed) await seal(context.db.prisma, body);
    return body;
  } catch (error) {
    await giveBack(context, claim);
    throw error;
  } finally {
    hold.release();
  }
}

/** Never hides the error that it follows: a key that stays claimed is free again when its lease ends. */
export async function giveBack(context: Door['context'], claim: IdempotencyClaim): Promise<void> {
  try {
    await releaseIdempotencyKey(context, claim);
  } catch (error) {
    context.log.warn({ err: error }, 'idempotency key not released');
  }
}

/** Same method, path and meaning of the body: key order and white space do not count. */
function fingerprintOf(request: FastifyRequest): string {
  return createHash('sha256')
    .update(`${request.method} ${request.url}\n`)
    .update(canonicalJson(request.body))
    .digest('hex');
}
