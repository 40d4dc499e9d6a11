/** Secrets that containers are given as files: NAME_FILE names the file that NAME's value is in. */
import { readFileSync } from 'node:fs';

type Environment = Readonly<Record<string, string | undefined>>;

const BY_FILE = ['DATABASE_URL', 'REDIS_URL', 'FAL_KEY', 'REELAY_KEY_PEPPER', 'REELAY_WEBHOOK_SECRET'];
const SECRET_BYTES_MAX = 65_536;

export interface SecretsRead {
  readonly env: Environment;
  readonly problems: readonly string[];
}

/** The line break that editors put at a file's end is no part of the secret. */
export function readSecretFiles(env: Environment): SecretsRead {
  const read: Record<string, string | undefined> = { ...env };
  const problems: string[] = [];
  for (const name of BY_FILE) {
    const file = env[`${name}_FILE`];
    if (!file) continue;
    const outcome = env[name] ? `${name} is set beside it; give one of them` : readSecret(file);
    if (typeof outcome === 'string') problems.push(`${name}_FILE: ${outcome}`);
    else read[name] = outcome.secret;
  }
  return { env: read, problems };
}

function readSecret(file: string): { readonly secret: string } | string {
  try {
    const bytes = readFileSync(file);
    if (bytes.length > SECRET_BYTES_MAX) return `${file} is too large for a secret`;
    const secret = bytes.toString('utf8').replace(/\r?\n$/, '');
    return secret === '' ? `${file} is empty` : { secret };
  } catch (error) {
    return `${file} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'})`;
  }
}
