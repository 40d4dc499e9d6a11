/**
 * What a file would cost as a batch, read by the import's own reader while it arrives. Stores nothing, holds a piece of the
 * file at a time, and refuses what an import would refuse.
 */
import type { Context } from '../context.ts';
import {
  type BegunUpload,
  beginUpload,
  type FileToRead,
  type Refused,
  refuse,
  refuseOptions,
  tooLarge,
} from '../intake/begin-upload.ts';
import { callbackFaultOf } from '../intake/callback-fault.ts';
import { decodeText } from '../intake/file/decode-text.ts';
import { FileFault } from '../intake/file/file-problem.ts';
import { csvRows, ndjsonRows } from '../intake/file/source-rows.ts';
import { SLICE_BYTES } from '../intake/import-limits.ts';
import { csvHeadOf } from '../intake/upload-options.ts';
import { type EstimateView, estimateView } from './estimate-view.ts';
import { type JudgedRows, judgeRows } from './judge-rows.ts';
import { overridesOf } from './overrides-of.ts';

export interface FileToEstimate extends FileToRead {
  /** Input fields that every row takes, whatever it says. */
  readonly overrides?: Readonly<Record<string, unknown>> | undefined;
}

export type FileEstimateReport = { readonly kind: 'estimated'; readonly estimate: EstimateView } | Refused;

export async function estimateFile(context: Context, file: FileToEstimate): Promise<FileEstimateReport> {
  const begun = await beginUpload(context, file, Object.keys(file.overrides ?? {}));
  if (begun.kind === 'refused') return begun;
  const { model, defaults } = begun.terms;
  const overrides = overridesOf(model, file.overrides);
  if (overrides.kind === 'invalid') return refuseOptions(overrides.problems);
  const nowMs = context.now();
  try {
    const plan = { model, defaults, nowMs, callbackFault: callbackFaultOf(context), ...overrides.plan };
    const rows = await readRows(begun, plan);
    const { facts } = begun.head;
    return { kind: 'estimated', estimate: estimateView({ model, nowMs, terms: file.options, rows, facts }) };
  } catch (error) {
    if (error instanceof TooLarge) return tooLarge(begun.maxBytes);
    if (error instanceof FileFault) return refuse(422, [error.problem]);
    throw error;
  }
}

async function readRows(begun: BegunUpload, plan: Parameters<typeof ndjsonRows>[1]): Promise<JudgedRows> {
  const { facts, columns } = begun.head;
  const texts = decodeText(slicesOf(begun), facts.encoding);
  const groups = columns === null ? ndjsonRows(texts, plan) : csvRows(texts, csvHeadOf(facts, columns), plan);
  const rows = judgeRows(plan);
  for await (const group of groups) for (const row of group) rows.add(row.line, row.parse());
  return rows.result();
}

class TooLarge extends Error {}

/** Small slices, so that other requests have their turn between them. */
async function* slicesOf({ first, pieces, maxBytes }: BegunUpload): AsyncGenerator<Uint8Array> {
  let read = 0;
  for (let next: IteratorResult<{ readonly bytes: Uint8Array }> = first; !next.done; next = await pieces.next()) {
    const { bytes } = next.value;
    read += bytes.byteLength;
    if (read > maxBytes) throw new TooLarge();
    for (let start = 0; start < bytes.byteLength; start += SLICE_BYTES) {
      yield bytes.subarray(start, start + SLICE_BYTES);
      await nextTurn();
    }
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
