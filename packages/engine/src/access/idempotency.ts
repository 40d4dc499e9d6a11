/**
 * Makes a write repeatable: a key is claimed before the work, and the answer is sealed into it in the transaction that
 * does the work, so a crash between the two cannot let a second run create a second batch. A claim is a lease; one that
 * lapsed can be taken over, and whoever held it before can no longer seal and therefore no longer commit.
 */
import { claimKey, type KeyClaim, readKey, releaseKey, renewKey, sealKey, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';

/** How long a client waits whose request died with its API: until then it is told that the first one still runs. */
const LEASE_MS = 15_000;
const KEEP_MS = 7 * 24 * 3_600_000;

export type IdempotencyClaim = KeyClaim;

export interface StoredAnswer {
  readonly fingerprint: string;
  readonly status: number;
  readonly body: unknown;
}

export type ClaimOutcome =
  | { readonly kind: 'claimed'; readonly claim: IdempotencyClaim }
  | { readonly kind: 'in_progress' }
  /** Answered before; whether for the same request, its fingerprint tells. */
  | { readonly kind: 'answered'; readonly answer: StoredAnswer }
  | { readonly kind: 'mismatch' };

export interface IdempotentRequest {
  readonly projectId: string;
  readonly key: string;
  /** Null for an upload, whose bytes are still to come: then `answered` is returned unjudged. */
  readonly fingerprint: string | null;
}

type DbContext = Pick<Context, 'db'>;

export async function claimIdempotencyKey(context: DbContext, request: IdempotentRequest): Promise<ClaimOutcome> {
  const claim = await claimKey(context.db, { ...request, leaseMs: LEASE_MS, keepMs: KEEP_MS });
  if (claim) return { kind: 'claimed', claim };
  const held = await readKey(context.db, request.projectId, request.key);
  const isOther = (fingerprint: string | null) =>
    request.fingerprint !== null && fingerprint !== null && fingerprint !== request.fingerprint;
  if (held && isOther(held.fingerprint)) return { kind: 'mismatch' };
  // Released a moment ago, or not answered yet: the client asks again.
  if (held?.status == null || held.fingerprint === null) return { kind: 'in_progress' };
  return { kind: 'answered', answer: { fingerprint: held.fingerprint, status: held.status, body: held.body } };
}

export class ClaimLost extends Error {
  override readonly name = 'ClaimLost';
  constructor() {
    super('the lease of the idempotency key lapsed and another request took it over');
  }
}

/** Throws ClaimLost, which must roll the transaction back. */
export async function sealIdempotencyKey(tx: Tx, claim: IdempotencyClaim, answer: StoredAnswer): Promise<void> {
  if (!(await sealKey(tx, claim, answer))) throw new ClaimLost();
}

export function releaseIdempotencyKey(context: DbContext, claim: IdempotencyClaim): Promise<void> {
  return releaseKey(context.db, claim);
}

/** To be called while the work runs. False when the key is not held any more, and then it cannot be sealed either. */
export function renewIdempotencyKey(context: DbContext, claim: IdempotencyClaim): Promise<boolean> {
  return renewKey(context.db, claim, LEASE_MS);
}
