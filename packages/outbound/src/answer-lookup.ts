/** Addresses in the shape that a socket asks its `lookup` for: all of them, or the first. */
import type { LookupFunction } from 'node:net';

type LookupArguments = Parameters<LookupFunction>;

export function answerLookup(
  addresses: readonly string[],
  options: LookupArguments[1],
  callback: LookupArguments[2],
): void {
  const answers = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  const [first] = answers;
  if (first === undefined) callback(new Error('no address to dial'), '', 4);
  else if (options.all) callback(null, answers);
  else callback(null, first.address, first.family);
}
