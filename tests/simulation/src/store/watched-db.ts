/**
 * The database as a thread sees it: before each of its operations others may go first. Inside a transaction nothing is
 * in between; a transaction is one step.
 */
import type { Db } from '@reelay/db';

type Before = () => Promise<void>;

export function watchedDb(db: Db, before: Before): Db {
  return { ...db, prisma: watched(db.prisma, before), pool: watched(db.pool, before) };
}

/** Wraps every method, and every method of the model delegates, without knowing their names. */
function watched<T extends object>(target: T, before: Before): T {
  const known = new Map<PropertyKey, unknown>();
  return new Proxy(target, {
    get: (inner, key) => {
      if (!known.has(key)) known.set(key, wrapped(inner, key, before));
      return known.get(key);
    },
  });
}

function wrapped(inner: object, key: PropertyKey, before: Before): unknown {
  const value: unknown = Reflect.get(inner, key);
  if (typeof value === 'function') {
    return async (...args: unknown[]) => {
      await before();
      return value.apply(inner, args);
    };
  }
  return typeof value === 'object' && value !== null ? watched(value, before) : value;
}
