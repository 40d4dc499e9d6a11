import { Prisma } from './generated/client.ts';

/** `now() + ms` by Postgres' clock, the only clock that leases and schedules use. */
export function fromNow(delayMs: number): Prisma.Sql {
  return Prisma.sql`(now() + make_interval(secs => ${delayMs / 1000}::double precision))`;
}
