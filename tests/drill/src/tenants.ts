import type { Db } from '@reelay/db';
import { createApiKey, createProject } from '@reelay/engine';

export interface Tenant {
  readonly projectId: string;
  readonly apiKey: string;
}

/** A project behind a key of its own. */
export async function makeTenant(db: Db, name: string, pepper: string): Promise<Tenant> {
  const context = { db, now: () => Date.now() };
  const projectId = await createProject(context, { name });
  const { apiKey } = await createApiKey(context, { projectId, name, pepper });
  return { projectId, apiKey };
}
