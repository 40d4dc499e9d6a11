/** Jobs in the text format of COPY: tab between values, \N for null, and a backslash before what would mean something. */
import type { JobsHome, NewJob } from './new-jobs.ts';

const NULL = '\\N';
const SPECIAL = /[\\\t\n\r]/;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

/** What is written at a time: small, so that the memory of one piece serves the next. */
const PIECE_LENGTH = 65_536;

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

/** Written out, because it runs for every row: numbers need no look at what they hold. */
function ownValues({ rowNo, line, row }: NewJob): string {
  const given = `${rowNo}\t${line ?? NULL}\t${copyValue(row.customId)}\t${copyValue(JSON.stringify(row.input))}`;
  const terms = `${row.priority}\t${row.maxAttempts}\t${row.estimatedNanoUsd}\t${copyValue(row.priceVersion)}`;
  const rest = `${row.maxCostNanoUsd ?? NULL}\t${copyValue(row.outputName)}\t${copyValue(row.callbackUrl)}`;
  return `${given}\t${terms}\t${rest}\t${copyValue(JSON.stringify(row.metadata))}`;
}

function copyValue(value: string | null): string {
  if (value === null) return NULL;
  return SPECIAL.test(value) ? value.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? '') : value;
}
