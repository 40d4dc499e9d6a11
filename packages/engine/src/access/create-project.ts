/** Tenants and their keys. The secret of a key is returned once and stored nowhere. */
import { insertApiKey, insertProject, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';
import { hashApiKey, makeApiKey } from './api-key.ts';

type AccessContext = Pick<Context, 'db' | 'now'>;

export async function createProject(context: AccessContext, project: { readonly name: string }): Promise<string> {
  const id = newId(context, 'project');
  await inTransaction(context.db, (tx) => insertProject(tx, { id, name: project.name }));
  return id;
}

export interface NewKey {
  readonly projectId: string;
  readonly name: string;
  readonly pepper: string;
}

export async function createApiKey(context: AccessContext, key: NewKey): Promise<{ keyId: string; apiKey: string }> {
  const keyId = newId(context, 'apiKey');
  const apiKey = makeApiKey();
  const secretHash = hashApiKey(apiKey, key.pepper);
  await inTransaction(context.db, (tx) =>
    insertApiKey(tx, { id: keyId, projectId: key.projectId, name: key.name, secretHash }),
  );
  return { keyId, apiKey };
}
