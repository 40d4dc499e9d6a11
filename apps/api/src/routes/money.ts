import { type NanoUsd, parseUsd } from '@reelay/core';

/** Money whose text the schema has already accepted. */
export function nanoUsdOf(text: string): NanoUsd {
  const amount = parseUsd(text);
  if (amount === null) throw new TypeError('money reached a route without being validated');
  return amount;
}

/** Null is an amount of its own (no cap), undefined is nothing said. */
export function maybeNanoUsdOf(text: string | null | undefined): NanoUsd | null | undefined {
  return text == null ? text : nanoUsdOf(text);
}

/** Money that may have been left out. */
export function givenNanoUsd(text: string | undefined): NanoUsd | undefined {
  return text === undefined ? undefined : nanoUsdOf(text);
}
