/**
 * A spreadsheet runs a cell that begins like a formula. Cells that we write are therefore marked with a leading
 * apostrophe, in a way that can be taken back exactly: reading our own errors file returns the text that was uploaded.
 */
const MARKED_OR_FORMULA = /^'*(?:[\t\r]|\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/;

export function markFormula(text: string): string {
  return MARKED_OR_FORMULA.test(text) ? `'${text}` : text;
}

export function unmarkFormula(text: string): string {
  return text.startsWith("'") && MARKED_OR_FORMULA.test(text) ? text.slice(1) : text;
}
