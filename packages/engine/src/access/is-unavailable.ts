/** What the door may know of the database's health: whether an error means that it is gone, and whether it answers. */
import { isDbUnreachable, pingDb } from '@reelay/db';
import type { Context } from '../context.ts';

export function isUnavailable(error: unknown): boolean {
  return isDbUnreachable(error);
}

/** Null when the database answers; otherwise what is wrong with it, without its address. */
export async function checkDatabase(context: Pick<Context, 'db'>, timeoutMs: number): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`PostgreSQL did not answer within ${timeoutMs / 1000} s`), timeoutMs);
  });
  const ping = pingDb(context.db).then(
    () => null,
    (error: unknown) => `PostgreSQL cannot be reached${codeOf(error)}`,
  );
  try {
    return await Promise.race([ping, patience]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  return typeof error === 'object' && error !== null && 'code' in error ? ` (${String(error.code)})` : '';
}
