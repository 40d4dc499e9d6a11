/** What intake tests have in common: a project, a file as a stream, and the accounts of a batch. */
import { importRows, type ReceiveUploadReport, receiveUpload, type UploadTerms } from '@reelay/engine';
import { createTestContext, createTestDatabase, makeProject, type TestContext } from '@reelay/testkit';

const NO_FAL = 'http://127.0.0.1:9';

export interface Intake {
  readonly context: TestContext;
  readonly projectId: string;
  /** Armed failpoints: the next time one is passed, it throws. */
  readonly failAt: Set<string>;
  /** Every failpoint passed since the start. */
  readonly passed: string[];
  send(file: string | Uint8Array, options?: SendOptions): Promise<ReceiveUploadReport>;
  /** Sends a file that must be accepted; returns its batch and upload. */
  accept(file: string | Uint8Array, options?: SendOptions): Promise<{ batchId: string; uploadId: string }>;
  import(file: string | Uint8Array, options?: SendOptions): Promise<Imported>;
  close(): Promise<void>;
}

export interface SendOptions extends Partial<UploadTerms> {
  readonly format?: 'csv' | 'ndjson';
  readonly maxBytes?: number;
}

export interface Imported extends Account {
  readonly batchId: string;
  readonly uploadId: string;
}

export class FailpointHit extends Error {}

export async function openIntake(): Promise<Intake> {
  const database = await createTestDatabase();
  const failAt = new Set<string>();
  const passed: string[] = [];
  const failpoint = async (name: string) => {
    passed.push(name);
    if (failAt.delete(name)) throw new FailpointHit(name);
  };
  const context = createTestContext({ databaseUrl: database.url, falUrl: NO_FAL, failpoint });
  const projectId = await makeProject(context.db);
  const send: Intake['send'] = (file, { format = 'csv', maxBytes, ...options } = {}) =>
    receiveUpload(context, { projectId, format, maxBytes, source: piecesOf(file), options: { ...TERMS, ...options } });
  const accept: Intake['accept'] = async (file, options) => {
    const report = await send(file, options);
    if (report.kind !== 'accepted') throw new Error(`not accepted: ${JSON.stringify(report)}`);
    const [uploadId = ''] = context.tasks.take('import');
    return { batchId: report.batchId, uploadId };
  };
  return {
    context,
    projectId,
    failAt,
    passed,
    send,
    accept,
    import: async (file, options) => {
      const { batchId, uploadId } = await accept(file, options);
      await importRows(context, uploadId);
      return { batchId, uploadId, ...(await accountOf(context, batchId)) };
    },
    close: async () => {
      await context.close();
      await database.drop();
    },
  };
}

export const TERMS = { start: 'auto', mode: 'best_effort', onUnknown: 'review' } as const;

const PIECE_BYTES = 60_000;

async function* piecesOf(file: string | Uint8Array): AsyncGenerator<Uint8Array> {
  const bytes = typeof file === 'string' ? Buffer.from(file) : file;
  for (let i = 0; i < bytes.length; i += PIECE_BYTES) yield bytes.subarray(i, i + PIECE_BYTES);
}

export interface Account {
  readonly state: string;
  readonly problem: { readonly code: string; readonly line: number | null; readonly message: string } | null;
  readonly jobs: readonly {
    readonly rowNo: number;
    readonly line: number;
    readonly customId: string | null;
    readonly input: Record<string, unknown>;
  }[];
  readonly rejected: readonly {
    readonly rowNo: number;
    readonly line: number;
    readonly column: string | null;
    readonly code: string;
    readonly message: string;
  }[];
}

/** Every row of a batch, wherever it went. */
export async function accountOf(context: TestContext, batchId: string): Promise<Account> {
  const { prisma } = context.db;
  const inOrder = { where: { batch_id: batchId }, orderBy: { row_no: 'asc' } } as const;
  const [batch, jobs, rejected] = await Promise.all([
    prisma.batch.findUniqueOrThrow({ where: { id: batchId } }),
    prisma.job.findMany(inOrder),
    prisma.rejectedRow.findMany(inOrder),
  ]);
  if (batch.rejected_count !== rejected.length) throw new Error('rejected_count disagrees with the rejected rows');
  return {
    state: batch.state,
    problem: batch.problem as Account['problem'],
    jobs: jobs.map((job) => ({
      rowNo: Number(job.row_no),
      line: Number(job.line),
      customId: job.custom_id,
      input: job.input as Record<string, unknown>,
    })),
    rejected: rejected.map(({ row_no, line, column, code, message }) => ({
      rowNo: Number(row_no),
      line: Number(line),
      column,
      code,
      message,
    })),
  };
}

export const VIDEO = 'https://media.example.com/clip.mp4';

/** A CSV of `count` good rows with custom_ids r1, r2, … */
export function goodCsv(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => `r${i + 1},${VIDEO},"A boat, number ${i + 1}",32,480p`);
  return ['custom_id,video_url,prompt,num_frames,resolution', ...rows, ''].join('\n');
}
