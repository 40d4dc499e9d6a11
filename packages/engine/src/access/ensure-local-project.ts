/**
 * Gives the local stack a project behind a key that it keeps beside its data: the first call creates both, later ones
 * find them. Safe to run twice: of two calls at once one inserts the key and the other takes back its project.
 */
import { SCOPES } from '@reelay/core';
import { findApiKey, insertApiKey, insertProject, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import { hashApiKey, hintOf, isApiKey } from './api-key.ts';

export interface LocalAccess {
  /** From makeApiKey, kept by the caller. */
  readonly apiKey: string;
  readonly pepper: string;
}

class KeyAlreadyThere extends Error {}

export async function ensureLocalProject(
  context: Pick<Context, 'db' | 'now'>,
  { apiKey, pepper }: LocalAccess,
): Promise<{ projectId: string }> {
  if (!isApiKey(apiKey)) throw new TypeError('the local API key is damaged; delete its file to get a new one');
  const secretHash = hashApiKey(apiKey, pepper);
  const known = await findApiKey(context.db, secretHash);
  if (known) return { projectId: known.project_id };
  const projectId = newId(context, 'project');
  try {
    await inTransaction(context.db, async (tx) => {
      await insertProject(tx, { id: projectId, name: 'local' });
      const key = {
        ...{ id: newId(context, 'apiKey'), projectId, name: 'local', secretHash },
        ...{ scopes: SCOPES, hint: hintOf(apiKey), expiresAt: null },
      };
      if (!(await insertApiKey(tx, key))) throw new KeyAlreadyThere();
    });
    return { projectId };
  } catch (error) {
    const winner = error instanceof KeyAlreadyThere ? await findApiKey(context.db, secretHash) : null;
    if (!winner) throw error;
    return { projectId: winner.project_id };
  }
}
