/**
 * Where a JSON text breaks. V8 does not always say, so the longest beginning that could still become JSON is searched
 * for by halving; each probe parses, so only texts of bounded size are searched.
 */
const SEARCHED_LENGTH_MAX = 262_144;

export interface TextPosition {
  readonly line: number;
  /** From 1. */
  readonly column: number;
}

export function jsonErrorPosition(text: string): TextPosition | null {
  if (text.length > SEARCHED_LENGTH_MAX) return null;
  let viable = 0;
  let broken = text.length + 1;
  while (broken - viable > 1) {
    const middle = Math.floor((viable + broken) / 2);
    if (couldBecomeJson(text.slice(0, middle))) viable = middle;
    else broken = middle;
  }
  const before = text.slice(0, viable).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

const CUT_SHORT = /unexpected end|unterminated/i;
const POSITION = /position (\d+)/;

function couldBecomeJson(beginning: string): boolean {
  try {
    JSON.parse(beginning);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    return CUT_SHORT.test(message) || Number(POSITION.exec(message)?.[1]) >= beginning.length;
  }
}
