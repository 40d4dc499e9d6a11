/** For whoever runs a deployment: creates a project and the key with which it begins. The key is printed here and nowhere else. */
import { type Context, createApiKey, createProject } from '@reelay/engine';

const NAME_MAX = 128;

class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The one argument; throws with the usage when there is another number of them. */
export function readProjectName(args: readonly string[]): string {
  const [given, ...more] = args;
  const name = given?.trim() ?? '';
  if (name !== '' && name.length <= NAME_MAX && !name.startsWith('-') && more.length === 0) return name;
  throw new UsageError(
    `usage: node apps/api/dist/new-project-main.js NAME\nNAME has 1 to ${NAME_MAX} characters; quote one with spaces.`,
  );
}

/** Returns what to print. Run twice it makes two projects. */
export async function newProject(
  context: Pick<Context, 'db' | 'now'>,
  { name, pepper }: { readonly name: string; readonly pepper: string },
): Promise<string> {
  const projectId = await createProject(context, { name });
  const { apiKey } = await createApiKey(context, { projectId, name: 'first', pepper });
  return [
    `project  ${projectId}  ${name}`,
    `API key  ${apiKey}`,
    'The key has every scope and is not shown again. Make others with it: POST /v1/api_keys.',
    '',
  ].join('\n');
}
