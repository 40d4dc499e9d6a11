const PAIRS_MAX = 10;
const TOTAL_BYTES_MAX = 1_024;
const KEY = /^[a-z0-9._-]{1,64}$/;
const VALUE = /^[\x20-\x7e]{1,256}$/;

/** Reads `X-Fal-Tags: key=value,key=value`. Tags that break fal's rules are dropped in silence, as fal does. */
export function readTags(header: string | undefined): Record<string, string> {
  if (!header || Buffer.byteLength(header) > TOTAL_BYTES_MAX) return {};
  const pairs = header
    .split(',')
    .map(splitPair)
    .filter(([key, value]) => KEY.test(key) && !key.startsWith('fal.') && VALUE.test(value));
  return Object.fromEntries(pairs.slice(0, PAIRS_MAX));
}

function splitPair(pair: string): [string, string] {
  const at = pair.indexOf('=');
  return at < 0 ? ['', ''] : [pair.slice(0, at).trim(), pair.slice(at + 1).trim()];
}
