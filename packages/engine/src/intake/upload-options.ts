/** The part of an upload's options that its rows are read by, as it is kept with the upload. */
import { type Column, ROW_FIELD_NAMES } from '@reelay/core';
import { z } from 'zod';
import type { CsvHead } from './file/csv-head.ts';
import type { TextEncoding } from './file/detect-encoding.ts';

export const uploadOptionsSchema = z.object({
  defaults: z.record(z.string(), z.unknown()),
  priority: z.number().optional(),
  maxAttempts: z.number(),
  callbackUrl: z.string().optional(),
});
export type UploadOptions = z.infer<typeof uploadOptionsSchema>;

/** What was found out about a file, as it is shown to the person and read again by the import. */
export const fileFactsSchema = z.object({
  format: z.enum(['csv', 'ndjson']),
  encoding: z.enum(['utf-8', 'utf-16le', 'utf-16be']) satisfies z.ZodType<TextEncoding>,
  bom: z.boolean(),
  delimiter: z.enum(['comma', 'semicolon', 'tab']).optional(),
  header_line: z.number().optional(),
  sep_line: z.boolean().optional(),
});
export type FileFacts = z.infer<typeof fileFactsSchema>;

const columnSchema: z.ZodType<Column> = z.union([
  z.object({ kind: z.enum(['input', 'metadata']), header: z.string(), name: z.string() }),
  z.object({ kind: z.enum([...ROW_FIELD_NAMES, 'ignored']), header: z.string() }),
]);
export const columnsSchema = z.array(columnSchema);

const DELIMITER_NAMES = { ',': 'comma', ';': 'semicolon', '\t': 'tab' } as const;
const DELIMITERS = { comma: ',', semicolon: ';', tab: '\t' } as const;

export function csvFacts(head: CsvHead): Pick<FileFacts, 'delimiter' | 'header_line' | 'sep_line'> {
  const delimiter = DELIMITER_NAMES[head.delimiter as keyof typeof DELIMITER_NAMES];
  return { delimiter, header_line: head.headerLine, sep_line: head.hasSepLine };
}

export function csvHeadOf(facts: FileFacts, columns: readonly Column[]): CsvHead {
  const delimiter = DELIMITERS[facts.delimiter ?? 'comma'];
  return { delimiter, headerLine: facts.header_line ?? 1, hasSepLine: facts.sep_line ?? false, columns };
}
