/**
 * The id that follows another in sort order. Rows of one transaction take consecutive ids from one drawn by chance, so
 * that they sort in row order and the index grows at one end.
 */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';
const LAST = 'z';

export function nextId(id: string): string {
  let i = id.length - 1;
  while (i >= 0 && id[i] === LAST) i--;
  const digit = ALPHABET.indexOf(id[i] ?? '');
  if (digit < 0) throw new RangeError('the id has no successor');
  return id.slice(0, i) + ALPHABET[digit + 1] + ALPHABET[0]?.repeat(id.length - 1 - i);
}
