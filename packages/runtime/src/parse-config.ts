/** Reads a process's environment once. What it lacks or gets wrong is said all at once, never one restart at a time. */
import type { z } from 'zod';
import { readSecretFiles } from './secret-files.ts';

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`the configuration is not usable:\n${problems.map((problem) => `  ${problem}`).join('\n')}`);
    this.problems = problems;
  }
}

/**
 * Empty variables count as unset, as shells and compose files write them; secrets may be named by their files. Values never
 * appear in the error.
 */
export function parseConfig<Schema extends z.ZodType>(
  schema: Schema,
  env: Readonly<Record<string, string | undefined>>,
): z.output<Schema> {
  const secrets = readSecretFiles(env);
  if (secrets.problems.length > 0) throw new ConfigError(secrets.problems);
  const set = Object.fromEntries(
    Object.entries(secrets.env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const parsed = schema.safeParse(set);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => describe(issue, set)));
}

function describe(issue: z.core.$ZodIssue, env: Readonly<Record<string, unknown>>): string {
  const name = issue.path.join('.');
  if (name === '') return issue.message;
  const isMissing = env[name] === undefined;
  if (!isMissing) return `${name}: ${issue.message}`;
  // A schema may say more of what is missing than zod does.
  return issue.message.startsWith('is not set') ? `${name} ${issue.message}` : `${name} is not set`;
}
