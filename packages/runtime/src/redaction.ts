/** The one list of what never reaches a log, and the one rule for URLs that carry a secret. */
const HIDDEN = '[hidden]';

/** pino's paths; a leading `*` is any one key. */
export const REDACTED_PATHS = [
  'authorization',
  '*.authorization',
  'headers.authorization',
  '*.headers.authorization',
  '*.headers.cookie',
  'secret',
  '*.secret',
  'token',
  '*.token',
  'apiKey',
  '*.apiKey',
  'pepper',
  '*.pepper',
  'credentials',
  '*.credentials',
  'password',
  '*.password',
  'FAL_KEY',
  '*.FAL_KEY',
  'DATABASE_URL',
  '*.DATABASE_URL',
  'REDIS_URL',
  '*.REDIS_URL',
  'REELAY_KEY_PEPPER',
  '*.REELAY_KEY_PEPPER',
  'REELAY_WEBHOOK_SECRET',
  '*.REELAY_WEBHOOK_SECRET',
];

const WEBHOOK_TOKEN = /(\/hooks\/fal\/[^/?#\s]+\/)[^/?#\s]+/g;
const URL_PASSWORD = /(\b[a-z][a-z0-9+.-]*:\/\/[^:/?#\s@]*:)[^@/?#\s]+(?=@)/gi;

/** Text that may hold a URL, without the token of a webhook URL and without a database's password. */
export function redactText(text: string): string {
  return text.replace(WEBHOOK_TOKEN, `$1${HIDDEN}`).replace(URL_PASSWORD, `$1${HIDDEN}`);
}

export const CENSOR = HIDDEN;
