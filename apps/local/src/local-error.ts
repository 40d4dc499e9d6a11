/** The message is one line for a person: what is wrong and what to do about it. */
export class LocalError extends Error {
  override readonly name = 'LocalError';
}
