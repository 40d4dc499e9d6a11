/** Jobs in the text format of COPY: tab between values, \N for null, and a backslash before what would mean something. */
import type { JobsHome, NewJob } from './new-jobs.ts';

const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** What is written at a time: small, so that the memory of one piece serves the next. */
const PIECE_LENGTH = 32_768;

export function* copyLines(home: JobsHome, jobs: Iterable<NewJob>): Generator<string> {
  const common = [home.projectId, home.batchId, home.laneId, home.model].map(copyValue).join('\t');
  let piece = '';
  for (const job of jobs) {
    piece += `${copyValue(job.id)}\t${common}\t${ownValues(job)}\n`;
    if (piece.length < PIECE_LENGTH) continue;
    yield piece;
    piece = '';
  }
  if (piece !== '') yield piece;
}

function ownValues({ rowNo, line, row }: NewJob): string {
  return [
    rowNo,
    line,
    row.customId,
    JSON.stringify(row.input),
    row.priority,
    row.maxAttempts,
    row.estimatedNanoUsd,
    row.priceVersion,
    row.maxCostNanoUsd,
    row.outputName,
    row.callbackUrl,
    JSON.stringify(row.metadata),
  ]
    .map(copyValue)
    .join('\t');
}

function copyValue(value: string | number | bigint | null): string {
  if (value === null) return '\\N';
  if (typeof value !== 'string') return String(value);
  return SPECIAL.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? '') : value;
}
