/** What the door may know of the database's health: whether an error means that it is gone, and whether it answers. */
import { type DbWatch, isDbUnreachable, pingDb, watchDb } from '@reelay/db';
import type { Context } from '../context.ts';
import { DATABASE_WATCH } from './database-watch.ts';

export function isUnavailable(error: unknown): boolean {
  return isDbUnreachable(error);
}

/** Watches the database for a door that promises to answer soon, whatever state it is in. */
export function watchDatabase(context: Pick<Context, 'db' | 'log'>): DbWatch {
  const onChange = (reachable: boolean) => {
    if (reachable) context.log.info({}, 'the database answers again');
    else context.log.error({}, 'the database does not answer');
  };
  return watchDb(context.db, { ...DATABASE_WATCH, onChange });
}

const READY_TIMEOUT_MS = 1_500;

export interface Readiness {
  readonly status: 'ready' | 'not_ready';
  readonly checks: { readonly postgres: { readonly ok: boolean; readonly message: string | null } };
}

/** What a process answers when it is asked whether it can do its work. */
export async function checkReadiness(context: Pick<Context, 'db'>): Promise<Readiness> {
  const wrong = await checkDatabase(context, READY_TIMEOUT_MS);
  const ok = wrong === null;
  return { status: ok ? 'ready' : 'not_ready', checks: { postgres: { ok, message: wrong } } };
}

/** Null when the database answers; otherwise what is wrong with it, without its address. */
async function checkDatabase(context: Pick<Context, 'db'>, timeoutMs: number): Promise<string | null> {
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
