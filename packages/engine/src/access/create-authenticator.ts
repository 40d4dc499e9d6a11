/**
 * Answers whose key this is. Answers are kept for at most five seconds, which bounds how long a revoked key still works;
 * text that is no key of ours never reaches the database.
 */
import type { Scope } from '@reelay/core';
import { findApiKey } from '@reelay/db';
import type { Context } from '../context.ts';
import { hashApiKey, isApiKey } from './api-key.ts';

export interface Caller {
  readonly projectId: string;
  readonly keyId: string;
  readonly scopes: readonly Scope[];
}

/** Null when the key is malformed, unknown, revoked or expired. */
export type Authenticate = (apiKey: string) => Promise<Caller | null>;

const KEPT_MS = 5_000;
const KEPT_MAX = 1_000;

export function createAuthenticator(context: Pick<Context, 'db' | 'now'>, pepper: string): Authenticate {
  const kept = new Map<string, { caller: Caller; untilMs: number }>();
  return async (apiKey) => {
    if (!isApiKey(apiKey)) return null;
    const hash = hashApiKey(apiKey, pepper);
    const known = kept.get(hash);
    if (known && known.untilMs > context.now()) return known.caller;
    kept.delete(hash);
    const holder = await findApiKey(context.db, hash);
    if (!holder) return null;
    const caller = { projectId: holder.project_id, keyId: holder.id, scopes: holder.scopes };
    if (kept.size >= KEPT_MAX) kept.clear();
    kept.set(hash, { caller, untilMs: context.now() + KEPT_MS });
    return caller;
  };
}
