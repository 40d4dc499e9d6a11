import { randomBytes } from 'node:crypto';
import { ID_RANDOM_BYTES, type IdKind, makeId } from '@reelay/core';
import type { Context } from './context.ts';

export function newId(context: Pick<Context, 'now'>, kind: IdKind): string {
  return makeId(kind, context.now(), randomBytes(ID_RANDOM_BYTES));
}
