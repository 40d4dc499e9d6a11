/** PostgreSQL ends a deadlock by refusing one of its parties, and any party may be the one. */
const TRIES_MAX = 5;
const DEADLOCK = '40P01';

/** Does the work again while PostgreSQL chooses it as the victim; tells which try went through. */
export async function retryOnDeadlock(work: () => Promise<unknown>): Promise<number> {
  for (let tries = 1; ; tries++) {
    try {
      await work();
      return tries;
    } catch (error) {
      if (tries === TRIES_MAX || !isDeadlock(error)) throw error;
    }
  }
}

/** Prisma keeps the code of a raw query in its message only. */
function isDeadlock(error: unknown): boolean {
  return error instanceof Error && error.message.includes(DEADLOCK);
}
