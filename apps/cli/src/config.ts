import { z } from 'zod';

/** What the command reads from the environment; empty means not set. */
export interface CliConfig {
  readonly apiUrl?: string | undefined;
  readonly apiKey?: string | undefined;
  /** False with NO_COLOR (https://no-color.org) or a terminal that can't. */
  readonly colours: boolean;
}

const text = z
  .string()
  .optional()
  .transform((value) => (value === '' ? undefined : value));
const environment = z.object({ REELAY_API_URL: text, REELAY_API_KEY: text, NO_COLOR: text, TERM: text });

export function readConfig(env: NodeJS.ProcessEnv = process.env): CliConfig {
  const { REELAY_API_URL, REELAY_API_KEY, NO_COLOR, TERM } = environment.parse(env);
  return { apiUrl: REELAY_API_URL, apiKey: REELAY_API_KEY, colours: NO_COLOR === undefined && TERM !== 'dumb' };
}
