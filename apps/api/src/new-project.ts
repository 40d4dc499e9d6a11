/** For whoever runs a deployment: creates a project and the key with which it begins. The key is printed here and nowhere else. */
import { connectDb } from '@reelay/db';
import { createApiKey, createProject } from '@reelay/engine';
import { readNewProjectConfig } from './config.ts';

const NAME_MAX = 128;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Returns what to print. Run twice it makes two projects. */
export async function newProject(args: readonly string[], env?: NodeJS.ProcessEnv): Promise<string> {
  const [given, ...more] = args;
  const name = given?.trim() ?? '';
  if (name === '' || name.length > NAME_MAX || name.startsWith('-') || more.length > 0) {
    throw new UsageError(
      `usage: node apps/api/dist/new-project-main.js NAME\nNAME has 1 to ${NAME_MAX} characters; quote one with spaces.`,
    );
  }
  const config = readNewProjectConfig(env);
  const db = connectDb({ url: config.DATABASE_URL, maxConnections: 1, applicationName: 'reelay new-project' });
  try {
    const context = { db, now: () => Date.now() };
    const projectId = await createProject(context, { name });
    const key = { projectId, name: 'first', pepper: config.REELAY_KEY_PEPPER };
    const { apiKey } = await createApiKey(context, key);
    return [
      `project  ${projectId}  ${name}`,
      `API key  ${apiKey}`,
      'The key has every scope and is not shown again. Make others with it: POST /v1/api_keys.',
      '',
    ].join('\n');
  } finally {
    await db.close();
  }
}
