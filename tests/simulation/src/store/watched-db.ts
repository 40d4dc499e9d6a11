/**
 * The database as a thread sees it: before each of its operations others may go first, and before a transaction commits
 * they may run into its locks.
 */
import type { Db } from '@reelay/db';

export type Access = 'read' | 'write';

export interface Watch {
  before(access: Access): Promise<void>;
  beforeCommit(): Promise<void>;
  afterCommit(): Promise<void>;
}

export function watchedDb(db: Db, watch: Watch): Db {
  return { ...db, prisma: watched(db.prisma, watch), pool: watched(db.pool, watch) };
}

/** Wraps every method, and every method of the model delegates, without knowing their names. */
function watched<T extends object>(target: T, watch: Watch): T {
  const known = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get: (inner, key) => {
      if (!known.has(key)) known.set(key, wrapped(inner, key, watch));
      return known.get(key);
    },
  });
}

function wrapped(inner: object, key: PropertyKey, watch: Watch): unknown {
  const value: unknown = Reflect.get(inner, key);
  if (typeof value === 'function') {
    return async (...args: unknown[]) => {
      await watch.before(accessOf(String(key), args));
      if (key === '$transaction') return inTransaction(watch, args, (held) => value.apply(inner, held));
      return value.apply(inner, args);
    };
  }
  return typeof value === 'object' && value !== null ? watched(value, watch) : value;
}

async function inTransaction(
  watch: Watch,
  [work, ...rest]: readonly unknown[],
  run: (args: readonly unknown[]) => Promise<unknown>,
): Promise<unknown> {
  const heldBeforeCommit = async (tx: unknown) => {
    const result = await (work as (tx: unknown) => Promise<unknown>)(tx);
    await watch.beforeCommit();
    return result;
  };
  const result = await run([heldBeforeCommit, ...rest]);
  await watch.afterCommit();
  return result;
}

/** What is not known to read only counts as writing. */
function accessOf(method: string, args: readonly unknown[]): Access {
  if (/^(find|count|groupBy|aggregate)/.test(method)) return 'read';
  if (method !== '$queryRaw') return 'write';
  const [parts] = args as [readonly string[]];
  return /^\s*SELECT\b/.test(parts[0] ?? '') ? 'read' : 'write';
}
