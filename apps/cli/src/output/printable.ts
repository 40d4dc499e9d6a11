// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]+/g;

/** Text from a file or from the API, safe to show: an escape sequence in a cell must not steer the terminal. */
export function printable(text: string): string {
  return text.replace(CONTROL_CHARACTERS, ' ');
}
