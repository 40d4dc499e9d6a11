import { problemSchema } from '@reelay/contract';
import { type IdKind, isId } from '@reelay/core';
import { z } from 'zod';
import { notFound } from '../error-map.ts';

/** Every route may answer with a problem. */
export const problems = {
  default: {
    description: 'What is wrong, and what to do about it',
    content: { 'application/problem+json': { schema: problemSchema } },
  },
};

export const idParams = z.object({ id: z.string() });

/** What cannot be an id of this kind is not found, without asking the database. */
export function idOf(kind: IdKind & ('job' | 'batch'), params: { readonly id: string }): string {
  if (!isId(kind, params.id)) throw notFound(kind);
  return params.id;
}

/** A verb's input without what the client left out. */
export function given<Fields extends object>(
  fields: Fields,
): { [Key in keyof Fields]?: Exclude<Fields[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
