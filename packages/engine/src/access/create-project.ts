/** Tenants. */
import { insertProject, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';
import { newId } from '../make-id.ts';

export async function createProject(
  context: Pick<Context, 'db' | 'now'>,
  project: { readonly name: string },
): Promise<string> {
  const id = newId(context, 'project');
  await inTransaction(context.db, (tx) => insertProject(tx, { id, name: project.name }));
  return id;
}
