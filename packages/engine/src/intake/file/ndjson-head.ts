/** Whether a file that says it is NDJSON begins like it: one JSON object on its first line. */
import type { HeadVerdict } from './csv-head.ts';
import { type FileProblem, fileProblem } from './file-problem.ts';
import { LINE_LENGTH_MAX } from './split-lines.ts';

export function readNdjsonHead(text: string, isWhole: boolean): HeadVerdict<Record<string, never>> {
  const start = text.search(/\S/);
  if (start === -1) return refuse(fileProblem('empty_file', 'The file is empty. Send one JSON object per line.'));
  const line = 1 + (text.slice(0, start).match(/\n/g)?.length ?? 0);
  const end = text.indexOf('\n', start);
  const first = text.slice(start, end === -1 ? undefined : end).trim();
  if (end === -1 && !isWhole) {
    // A first line longer than what is looked at is judged with the rest.
    return first.startsWith('{') ? { kind: 'read', head: {} } : refuse(notAnObject(first, line));
  }
  return first.length > LINE_LENGTH_MAX || isObjectText(first)
    ? { kind: 'read', head: {} }
    : refuse(notAnObject(first, line));
}

function isObjectText(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}

function notAnObject(text: string, line: number): FileProblem {
  const what = text.startsWith('[')
    ? 'It begins like a JSON array: write each element on a line of its own, without the brackets and commas around them.'
    : text.startsWith('{')
      ? 'Each row must be whole on one line.'
      : 'If the file is a CSV, send it as text/csv.';
  return fileProblem('not_ndjson', `Line ${line} is not one JSON object. ${what}`, { line });
}

function refuse(problem: FileProblem): HeadVerdict<Record<string, never>> {
  return { kind: 'refused', problems: [problem] };
}
