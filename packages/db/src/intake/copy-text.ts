/** Jobs in the text format of COPY: tab between values, \N for null, and a backslash before what would mean something. */
import { homeValues, JOB_COLUMNS, type JobValue } from './job-columns.ts';
import type { JobsHome, NewJob } from './new-jobs.ts';

const NULL = '\\N';
const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** What is written at a time: small, so that the memory of one piece serves the next. */
const PIECE_LENGTH = 65_536;

export function* copyLines(home: JobsHome, jobs: Iterable<NewJob>): Generator<string> {
  const common = homeValues(home).map(copyValue).join('\t');
  let piece = '';
  for (const job of jobs) {
    piece += common;
    for (const { value } of JOB_COLUMNS) piece += `\t${copyValue(value(job))}`;
    piece += '\n';
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

/** Numbers need no look at what they hold. */
function copyValue(value: JobValue): string {
  if (value === null) return NULL;
  if (typeof value === 'string') return escapeText(value);
  return typeof value === 'object' ? escapeText(JSON.stringify(value)) : String(value);
}

function escapeText(text: string): string {
  return SPECIAL.test(text) ? text.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? '') : text;
}
