/** A new key for a project. Its secret is returned here and stored nowhere. */
import { LIVE_KEYS_MAX, SCOPES, type Scope } from '@reelay/core';
import { insertApiKey, inTransaction, lockLiveKeys, readApiKey, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import { hashApiKey, hintOf, makeApiKey } from './api-key.ts';
import { type ApiKeyView, apiKeyView } from './api-key-view.ts';

export interface NewKey {
  readonly projectId: string;
  readonly name: string;
  readonly pepper: string;
  /** Left out: all. */
  readonly scopes?: readonly Scope[];
  readonly expiresAt?: Date | null;
  /** In the transaction that stores it. */
  readonly beforeCommit?: (tx: Tx, view: ApiKeyView) => Promise<void>;
}

export interface CreatedKey {
  readonly keyId: string;
  readonly apiKey: string;
  readonly view: ApiKeyView;
}

export class TooManyKeys extends Error {
  override readonly name = 'TooManyKeys';
}

/** Throws TooManyKeys when the project has as many live ones as a project may have. */
export async function createApiKey(context: Pick<Context, 'db' | 'now'>, key: NewKey): Promise<CreatedKey> {
  const { projectId, name, pepper, scopes = SCOPES, expiresAt = null } = key;
  const id = newId(context, 'apiKey');
  const apiKey = makeApiKey();
  const secret = { secretHash: hashApiKey(apiKey, pepper), hint: hintOf(apiKey) };
  const view = await inTransaction(context.db, async (tx) => {
    if ((await lockLiveKeys(tx, projectId)).length >= LIVE_KEYS_MAX) {
      throw new TooManyKeys(`the project has ${LIVE_KEYS_MAX} live keys, and no project may have more: revoke one`);
    }
    await insertApiKey(tx, { id, projectId, name, ...secret, scopes: [...new Set(scopes)], expiresAt });
    const stored = await readApiKey(tx, projectId, id);
    if (!stored) throw new Error('the key was not readable in its own transaction');
    const shown = apiKeyView(stored);
    await key.beforeCommit?.(tx, shown);
    return shown;
  });
  return { keyId: id, apiKey, view };
}
