/** Finds what PostgreSQL cannot keep (NUL, half of a surrogate pair) and what is nested deeper than anybody needs. */
const UNSTORABLE = /[\0\p{Surrogate}]/u;
const DEPTH_MAX = 32;

export interface Unstorable {
  readonly pointer: string;
  readonly code: 'invalid_text' | 'too_deep';
  readonly message: string;
}

export function findUnstorable(value: unknown, pointer = '', depth = 0): Unstorable | null {
  if (typeof value === 'string') return UNSTORABLE.test(value) ? invalidText(pointer) : null;
  if (typeof value !== 'object' || value === null) return null;
  if (depth >= DEPTH_MAX) return { pointer, code: 'too_deep', message: `is nested more than ${DEPTH_MAX} deep` };
  for (const [key, item] of Object.entries(value)) {
    if (UNSTORABLE.test(key)) return invalidText(pointer);
    const found = findUnstorable(item, `${pointer}/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`, depth + 1);
    if (found) return found;
  }
  return null;
}

function invalidText(pointer: string): Unstorable {
  return { pointer, code: 'invalid_text', message: 'contains a NUL character or half of a surrogate pair; remove it' };
}
