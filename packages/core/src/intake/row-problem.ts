/**
 * What is wrong with a row, in words for a person and in fields for a program. Texts quoted from a row are bounded and
 * always storable: Postgres holds neither NUL nor half of a surrogate pair.
 */
export const PROBLEM_VALUE_MAX = 200;

export interface RowProblem {
  /** Null when the row as a whole is at fault. */
  readonly column: string | null;
  /** The same place as a JSON pointer inside a row object. */
  readonly pointer: string;
  readonly code: string;
  readonly value: string | null;
  /** What, which, and what to do. */
  readonly message: string;
}

const ANY_SURROGATE = /[\ud800-\udfff]/;
const LONE_SURROGATE = /\p{Surrogate}/u;

/** Nearly all text has no surrogate at all, which the first pattern sees several times faster than the second. */
export function isStorable(text: string): boolean {
  return !text.includes('\0') && !(ANY_SURROGATE.test(text) && LONE_SURROGATE.test(text));
}

export function storable(text: string): string {
  return isStorable(text) ? text : text.replaceAll('\0', '\uFFFD').replace(/\p{Surrogate}/gu, '\uFFFD');
}

/** A value as a person would recognise it, at most PROBLEM_VALUE_MAX characters long. */
export function shownValue(value: unknown): string | null {
  if (value === undefined) return null;
  const text = typeof value === 'string' ? value : jsonText(value);
  return storable(text.length > PROBLEM_VALUE_MAX ? `${text.slice(0, PROBLEM_VALUE_MAX - 1)}…` : text);
}

/** JSON of any value; empty where there is none (too deep, circular, not JSON at all). */
export function jsonText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? '';
  } catch {
    return '';
  }
}

export function pointerTo(...path: readonly (string | number)[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
