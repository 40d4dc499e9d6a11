/**
 * An upload with an Idempotency-Key is known by its file's hash, which is only there at its end: the key is held by a
 * lease while bytes arrive, and judged when they have. Nothing is stored of a file that only repeats.
 */
import { createHash } from 'node:crypto';
import { type BatchView, claimIdempotencyKey, type IdempotencyClaim } from '@reelay/engine';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Door } from '../../app.ts';
import { inProgress } from '../../error-map.ts';
import { idempotencyKeyOf, mismatch, replay, runClaimed, type Tx } from '../../idempotency.ts';
import { tooLarge, type Upload } from './upload.ts';

/** Stores the answer in the transaction that makes the batch. */
export type SealUpload = (tx: Tx, sha256: string, body: BatchView) => Promise<void>;

export type RunImport = (source: Upload['source'], seal: SealUpload) => Promise<BatchView>;

export async function importOnce(
  door: Door,
  request: FastifyRequest,
  reply: FastifyReply,
  { upload, run }: { readonly upload: Upload; readonly run: RunImport },
): Promise<BatchView> {
  reply.code(202);
  const key = idempotencyKeyOf(request);
  if (key === null) return run(upload.source, async () => {});
  const { projectId } = request.caller;
  const outcome = await claimIdempotencyKey(door.context, { projectId, key, fingerprint: null });
  switch (outcome.kind) {
    case 'in_progress':
      throw inProgress();
    case 'mismatch':
      throw mismatch();
    case 'answered': {
      const sha256 = await hashOf(upload.source, door.uploadBytesMax);
      if (fingerprintOf(request, sha256) !== outcome.answer.fingerprint) throw mismatch();
      return replay<BatchView>(reply, outcome.answer);
    }
    case 'claimed':
      return runHeld(door, request, { claim: outcome.claim, source: upload.source, run });
  }
}

function runHeld(
  { context }: Door,
  request: FastifyRequest,
  { claim, source, run }: { claim: IdempotencyClaim; source: Upload['source']; run: RunImport },
): Promise<BatchView> {
  return runClaimed(context, claim, {
    status: 202,
    run: (seal, lost) =>
      run(whileHeld(source, lost), (tx, sha256, body) => seal(tx, body, fingerprintOf(request, sha256))),
  });
}

/** What can no longer be sealed need not be received to its end. */
async function* whileHeld(source: Upload['source'], lost: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  for await (const bytes of source) {
    lost?.throwIfAborted();
    yield bytes;
  }
}

async function hashOf(source: Upload['source'], bytesMax: number): Promise<string> {
  const hash = createHash('sha256');
  let length = 0;
  for await (const bytes of source) {
    length += bytes.byteLength;
    if (length > bytesMax) throw tooLarge(bytesMax);
    hash.update(bytes);
  }
  return hash.digest('hex');
}

function fingerprintOf(request: FastifyRequest, sha256: string): string {
  return createHash('sha256').update(`${request.method} ${request.url}\n${sha256}`).digest('hex');
}
