/**
 * Public ids: a prefix that says what it is, then 26 Crockford base-32 digits: 48 bits of time and 80 of chance.
 * Ids of one kind therefore sort by the time they were made, which is what lists page by.
 */
export const ID_PREFIXES = {
  project: 'proj',
  apiKey: 'key',
  batch: 'batch',
  upload: 'upl',
  job: 'job',
  attempt: 'att',
  event: 'evt',
  endpoint: 'we',
  delivery: 'dlv',
  incident: 'inc',
} as const;

export type IdKind = keyof typeof ID_PREFIXES;

export const ID_RANDOM_BYTES = 10;
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const ID_BODY = /^[0-9a-hjkmnp-tv-z]{26}$/;

export function makeId(kind: IdKind, nowMs: number, random: Uint8Array): string {
  if (random.length !== ID_RANDOM_BYTES) throw new RangeError(`an id needs ${ID_RANDOM_BYTES} random bytes`);
  let chance = 0n;
  for (const byte of random) chance = (chance << 8n) | BigInt(byte);
  return `${ID_PREFIXES[kind]}_${base32(BigInt(nowMs), 10)}${base32(chance, 16)}`;
}

export function isId(kind: IdKind, text: string): boolean {
  const prefix = `${ID_PREFIXES[kind]}_`;
  return text.startsWith(prefix) && ID_BODY.test(text.slice(prefix.length));
}

function base32(value: bigint, digits: number): string {
  let text = '';
  let rest = value;
  for (let i = 0; i < digits; i++) {
    text = ALPHABET[Number(rest & 31n)] + text;
    rest >>= 5n;
  }
  return text;
}
