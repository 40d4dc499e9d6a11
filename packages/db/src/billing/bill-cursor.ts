/** How far fal's bill has been read. It only moves forward, whoever reads. */
import type { Db } from '../client.ts';

/** The end of the last whole reading, else the time of the first reservation; null when nothing was ever reserved. */
export async function readBillCursor(db: Db): Promise<Date | null> {
  const [row] = await db.prisma.$queryRaw<{ at: Date | null }[]>`
    SELECT coalesce(billing_read_until, (SELECT min(reserved_at) FROM attempts)) AS at FROM provider_accounts WHERE id = 'fal'`;
  return row?.at ?? null;
}

export async function moveBillCursor(db: Db, untilMs: number): Promise<void> {
  await db.prisma.$executeRaw`
    UPDATE provider_accounts SET billing_read_until = greatest(billing_read_until, to_timestamp(${untilMs / 1000}::double precision))
    WHERE id = 'fal'`;
}
