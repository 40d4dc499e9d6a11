/** A project's keys, newest first, and the end of one. A revoked key works for at most five seconds more. */
import { inTransaction, lockLiveKeys, markRevoked, type Page, readApiKey, readApiKeys } from '@reelay/db';
import type { Context } from '../context.ts';
import { type ListView, listView } from '../reads/views.ts';
import { type ApiKeyView, apiKeyView } from './api-key-view.ts';

type DbContext = Pick<Context, 'db'>;

export async function listApiKeys(
  context: DbContext,
  { projectId, page }: { readonly projectId: string; readonly page: Page },
): Promise<ListView<ApiKeyView>> {
  return listView(await readApiKeys(context.db.prisma, projectId, page), apiKeyView, ({ id }) => id);
}

export type RevokedKey =
  | { readonly kind: 'done'; readonly view: ApiKeyView }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'refused'; readonly code: 'invalid_state'; readonly message: string };

/** Run twice it shows the key as it is. The last key that may make keys stays: without it nobody could make another. */
export function revokeApiKey(
  context: DbContext,
  { projectId, keyId }: { readonly projectId: string; readonly keyId: string },
): Promise<RevokedKey> {
  return inTransaction(context.db, async (tx): Promise<RevokedKey> => {
    const live = await lockLiveKeys(tx, projectId);
    const admins = live.filter(({ scopes }) => scopes.includes('admin'));
    if (admins.length === 1 && admins[0]?.id === keyId) {
      const message = 'it is the last live key with the scope admin; create another one first';
      return { kind: 'refused', code: 'invalid_state', message };
    }
    await markRevoked(tx, projectId, keyId);
    const key = await readApiKey(tx, projectId, keyId);
    return key ? { kind: 'done', view: apiKeyView(key) } : { kind: 'not_found' };
  });
}
