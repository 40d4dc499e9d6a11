/** Reading jobs with what they cost. Every query is bound to a project. */
import { BALANCE_SCOPE, type JobStatus } from '@reelay/core';
import type { Tx } from '../client.ts';
import { type Job, Prisma } from '../generated/client.ts';
import { type Page, type PageOf, pageClauses, pageOf } from './page.ts';

export interface JobReading extends Job {
  readonly status: JobStatus;
  readonly held_nano_usd: bigint;
  readonly charged_nano_usd: bigint | null;
  readonly billed_nano_usd: bigint | null;
  /** It could go, and its lane has stopped for want of money. */
  readonly waits_for_money: boolean;
}

export interface JobFilter {
  readonly statuses?: readonly JobStatus[];
  readonly customId?: string;
  readonly errorCode?: string;
  readonly createdAfter?: Date;
  readonly createdBefore?: Date;
}

/** Adds what jobs cost to a page of them: the page is taken first, so that only its own rows are looked up. */
function withCost(page: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    SELECT j.*, coalesce(m.held, 0)::bigint AS held_nano_usd, m.charged::bigint AS charged_nano_usd,
      (SELECT sum(billed_nano_usd) FROM bills WHERE job_id = j.id)::bigint AS billed_nano_usd,
      j.status = 'queued' AND j.not_before IS NULL AND EXISTS (
        SELECT 1 FROM lanes l WHERE l.id = j.lane_id AND l.budget_scope IS NOT NULL AND l.budget_scope <> ${BALANCE_SCOPE}
          AND (l.batch_id IS NULL OR EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = l.batch_id AND p.reason = 'budget'))
      ) AS waits_for_money
    FROM (${page}) j LEFT JOIN LATERAL (
      SELECT sum(CASE kind WHEN 'reserve' THEN amount_nano_usd WHEN 'release' THEN -amount_nano_usd ELSE 0 END) AS held,
        sum(amount_nano_usd) FILTER (WHERE kind IN ('charge', 'orphan_charge', 'adjust')) AS charged
      FROM ledger_entries WHERE job_id = j.id
    ) m ON true`;
}

export async function readJob(tx: Tx, projectId: string, jobId: string): Promise<JobReading | null> {
  const one = Prisma.sql`SELECT * FROM jobs WHERE id = ${jobId} AND project_id = ${projectId}`;
  const rows = await tx.$queryRaw<JobReading[]>`${withCost(one)}`;
  return rows[0] ?? null;
}

/** Of whatever projects, in the order of their ids. */
export function readJobsById(tx: Tx, jobIds: readonly string[]): Promise<JobReading[]> {
  const those = Prisma.sql`SELECT * FROM jobs WHERE id = ANY(${[...jobIds]}::text[])`;
  return tx.$queryRaw<JobReading[]>`${withCost(those)} ORDER BY j.id`;
}

/** Newest first. */
export async function readJobs(
  tx: Tx,
  projectId: string,
  filter: JobFilter & { readonly batchId?: string },
  page: Page,
): Promise<PageOf<JobReading>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`j.id`, 'descending');
  const all = [Prisma.sql`j.project_id = ${projectId}`, ...conditions, ...filterConditions(filter)];
  if (filter.batchId !== undefined) all.push(Prisma.sql`j.batch_id = ${filter.batchId}`);
  const rowsOfPage = Prisma.sql`SELECT j.* FROM jobs j WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}`;
  const rows = await tx.$queryRaw<JobReading[]>`${withCost(rowsOfPage)} ${orderAndLimit}`;
  return pageOf(rows, page);
}

/**
 * In the order of the file or the inline rows. The project is asked of the batch and not of its jobs: with both on jobs,
 * a planner that has no statistics of a fresh import yet reads all of the project's jobs for every page.
 */
export async function readBatchJobs(
  tx: Tx,
  projectId: string,
  batchId: string,
  filter: JobFilter,
  page: Page<bigint>,
): Promise<PageOf<JobReading>> {
  const { conditions, orderAndLimit } = pageClauses(page, Prisma.sql`j.row_no`, 'ascending');
  const ofBatch = [
    Prisma.sql`j.batch_id = ${batchId}`,
    Prisma.sql`EXISTS (SELECT 1 FROM batches WHERE id = ${batchId} AND project_id = ${projectId})`,
  ];
  const all = [...ofBatch, ...conditions, ...filterConditions(filter)];
  const rowsOfPage = Prisma.sql`SELECT j.* FROM jobs j WHERE ${Prisma.join(all, ' AND ')} ${orderAndLimit}`;
  const rows = await tx.$queryRaw<JobReading[]>`${withCost(rowsOfPage)} ${orderAndLimit}`;
  return pageOf(rows, page);
}

/** Where a job stands in its batch: what pages of a batch start at. */
export async function readRowNo(tx: Tx, batchId: string, jobId: string): Promise<bigint | null> {
  const job = await tx.job.findUnique({ where: { id: jobId, batch_id: batchId }, select: { row_no: true } });
  return job?.row_no ?? null;
}

export async function hasJob(tx: Tx, projectId: string, jobId: string): Promise<boolean> {
  const job = await tx.job.findUnique({ where: { id: jobId, project_id: projectId }, select: { id: true } });
  return job !== null;
}

function filterConditions(filter: JobFilter): Prisma.Sql[] {
  const conditions: Prisma.Sql[] = [];
  if (filter.statuses) conditions.push(Prisma.sql`j.status IN (${Prisma.join([...filter.statuses])})`);
  if (filter.customId !== undefined) conditions.push(Prisma.sql`j.custom_id = ${filter.customId}`);
  if (filter.errorCode !== undefined) conditions.push(Prisma.sql`j.error ->> 'code' = ${filter.errorCode}`);
  if (filter.createdAfter) conditions.push(Prisma.sql`j.created_at > ${filter.createdAfter}`);
  if (filter.createdBefore) conditions.push(Prisma.sql`j.created_at < ${filter.createdBefore}`);
  return conditions;
}
