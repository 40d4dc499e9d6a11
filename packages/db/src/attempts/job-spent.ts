/** What all attempts of a job hold and cost so far, in any of its runs: what counts against its `max_cost`. */
import type { Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export function jobSpent(jobId: Prisma.Sql): Prisma.Sql {
  return Prisma.sql`
    (SELECT coalesce(sum(CASE kind WHEN 'release' THEN -amount_nano_usd ELSE amount_nano_usd END), 0)::bigint
     FROM ledger_entries WHERE job_id = ${jobId})`;
}

export async function readJobSpent(tx: Tx, jobId: string): Promise<bigint> {
  const [row] = await tx.$queryRaw<{ spent: bigint }[]>`SELECT ${jobSpent(Prisma.sql`${jobId}`)} AS spent`;
  return row?.spent ?? 0n;
}
