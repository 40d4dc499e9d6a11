/** Rows to test with. Ids are unique; everything else has a default that a test overrides when it matters. */
import { randomBytes } from 'node:crypto';
import { DEFAULT_MODEL_ID, findModel, type IdKind, makeId, parseUsd, quote } from '@reelay/core';
import type { Db } from '@reelay/db';

export function uniqueId(kind: IdKind): string {
  return makeId(kind, Date.now(), randomBytes(10));
}

export async function makeProject(db: Db): Promise<string> {
  const id = uniqueId('project');
  await db.prisma.project.create({ data: { id, name: 'test project' } });
  return id;
}

export interface BatchOverrides {
  readonly jobs: number;
  readonly projectId?: string;
  readonly apiKeyId?: string;
  readonly capUsd?: string;
  readonly input?: Readonly<Record<string, unknown>>;
  readonly maxAttempts?: number;
  readonly priority?: number;
  /** One input per job, instead of the same for all. */
  readonly inputs?: readonly Readonly<Record<string, unknown>>[];
}

export const TEST_INPUT = {
  video_url: 'https://media.example.com/clip.mp4',
  prompt: 'a test clip',
  num_frames: 32,
  resolution: '480p',
};

export interface MadeBatch {
  readonly batchId: string;
  readonly projectId: string;
  readonly jobIds: readonly string[];
}

/** A batch in progress with queued jobs, as an import leaves it. */
export async function makeBatch(db: Db, overrides: BatchOverrides): Promise<MadeBatch> {
  const projectId = overrides.projectId ?? (await makeProject(db));
  const batchId = uniqueId('batch');
  const inputs = overrides.inputs ?? Array.from({ length: overrides.jobs }, () => overrides.input ?? {});
  const jobs = inputs.map((input, index) => jobRow(projectId, batchId, index + 1, input, overrides));
  const estimated = jobs.reduce((sum, job) => sum + job.estimated_nano_usd, 0n);
  const batch = { id: batchId, project_id: projectId, api_key_id: overrides.apiKeyId ?? null, model: DEFAULT_MODEL_ID };
  await db.prisma.$transaction([
    db.prisma.batch.create({
      data: {
        ...batch,
        state: 'in_progress',
        max_attempts: 3,
        in_progress_at: new Date(),
        estimated_nano_usd: estimated,
      },
    }),
    db.prisma.lane.create({ data: { id: batchId, project_id: projectId, batch_id: batchId } }),
    db.prisma.budget.create({
      data: { scope: `batch:${batchId}`, project_id: projectId, limit_nano_usd: parseUsd(overrides.capUsd ?? '') },
    }),
    db.prisma.job.createMany({ data: jobs }),
  ]);
  return { batchId, projectId, jobIds: jobs.map(({ id }) => id) };
}

function jobRow(
  projectId: string,
  batchId: string,
  rowNo: number,
  input: Readonly<Record<string, unknown>>,
  overrides: BatchOverrides,
) {
  const model = findModel(DEFAULT_MODEL_ID);
  if (!model) throw new Error('the default model is not in the catalogue');
  const valid = model.input.parse({ ...TEST_INPUT, ...input });
  const price = quote(model, valid, Date.now());
  return {
    id: uniqueId('job'),
    project_id: projectId,
    batch_id: batchId,
    lane_id: batchId,
    api_key_id: overrides.apiKeyId ?? null,
    row_no: BigInt(rowNo),
    line: BigInt(rowNo + 1),
    model: model.id,
    input: valid as object,
    max_attempts: overrides.maxAttempts ?? 3,
    priority: overrides.priority ?? 0,
    estimated_nano_usd: price.costNanoUsd,
    price_version: price.priceVersion,
  };
}
