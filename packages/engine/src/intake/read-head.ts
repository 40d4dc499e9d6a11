/** Everything about a file that its first bytes can tell, before a byte of it is stored. */
import type { Column, Model } from '@reelay/core';
import { readCsvHead } from './file/csv-head.ts';
import { decodeHead } from './file/decode-text.ts';
import { detectEncoding } from './file/detect-encoding.ts';
import { FileFault, type FileProblem } from './file/file-problem.ts';
import { readNdjsonHead } from './file/ndjson-head.ts';
import { csvFacts, type FileFacts } from './upload-options.ts';

export interface HeadQuestion {
  readonly format: 'csv' | 'ndjson';
  readonly model: Model;
  readonly map: Readonly<Record<string, string>>;
  /** Columns that have a default. */
  readonly given: ReadonlySet<string>;
}

export type HeadAnswer =
  | { readonly kind: 'read'; readonly facts: FileFacts; readonly columns: readonly Column[] | null }
  | { readonly kind: 'refused'; readonly status: 415 | 422; readonly problems: readonly FileProblem[] };

export function readHead(head: Uint8Array, isWhole: boolean, question: HeadQuestion): HeadAnswer {
  const detected = detectEncoding(head);
  if (detected.kind === 'refused') return { kind: 'refused', status: detected.status, problems: [detected.problem] };
  const { encoding, bom } = detected;
  const facts = { format: question.format, encoding, bom };
  try {
    const text = decodeHead(head, encoding, isWhole);
    if (question.format === 'ndjson') {
      const verdict = readNdjsonHead(text, isWhole);
      return verdict.kind === 'refused' ? { ...verdict, status: 422 } : { kind: 'read', facts, columns: null };
    }
    const verdict = readCsvHead(text, isWhole, question);
    if (verdict.kind === 'refused') return { ...verdict, status: 422 };
    return { kind: 'read', facts: { ...facts, ...csvFacts(verdict.head) }, columns: verdict.head.columns };
  } catch (error) {
    if (error instanceof FileFault) return { kind: 'refused', status: 422, problems: [error.problem] };
    throw error;
  }
}
