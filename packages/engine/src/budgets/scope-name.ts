/** How clients name budgets: `project` is their own, so its id is not said. */
import { isId, keyScope, projectScope } from '@reelay/core';
import { hasApiKey } from '@reelay/db';
import type { Context } from '../context.ts';

export function scopeName(scope: string): string {
  return scope.startsWith(projectScope('')) ? 'project' : scope;
}

/** Null for what the project has no such scope of: a key of another project, or nothing that can be limited. */
export async function findScope(context: Pick<Context, 'db'>, projectId: string, name: string): Promise<string | null> {
  if (name === 'project') return projectScope(projectId);
  const keyId = name.startsWith(keyScope('')) ? name.slice(keyScope('').length) : '';
  if (!isId('apiKey', keyId) || !(await hasApiKey(context.db.prisma, projectId, keyId))) return null;
  return keyScope(keyId);
}
