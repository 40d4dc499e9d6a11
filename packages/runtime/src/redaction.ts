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

/** A secret that signs callbacks, or begins to be one. */
const SIGNING_SECRET = /\bwhsec_[A-Za-z0-9+/_-]+=*/g;
/** An Authorization header in the words of whoever met it: `Authorization: Key id:secret`, `{"authorization":"Bearer …"}`. */
const AUTHORIZATION = /(\bauthorization\\?["']?\s*[:=]\s*\\?["']?)(?:(?:bearer|basic|key)\s+)?[\w.~+/:=-]+/gi;
const BEARER = /(\bbearer\s+)[\w.~+/:=-]{8,}/gi;

/** Text that may hold a URL, without the token of a webhook URL and without a database's password. */
export function redactText(text: string): string {
  return text.replace(WEBHOOK_TOKEN, `$1${HIDDEN}`).replace(URL_PASSWORD, `$1${HIDDEN}`);
}

/**
 * A line of the log as it goes out. What gives itself away by its form is hidden wherever it stands: in a message, deep in a
 * field, in the words of a library.
 */
export function redactLine(line: string): string {
  return line.replace(SIGNING_SECRET, HIDDEN).replace(AUTHORIZATION, hideValue).replace(BEARER, `$1${HIDDEN}`);
}

/** JSON stays JSON: a bare value of a field is no header. */
function hideValue(found: string, name: string): string {
  return /["']\s*[:=]\s*$/.test(name) ? found : name + HIDDEN;
}

export const CENSOR = HIDDEN;
