import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { PlatformError } from './platform-error.ts';

const IDS_MAX = 50;

/** A repeated parameter, a comma-separated one, or both. */
export const idListSchema = z
  .preprocess((value) => toList(value).flatMap((part) => part.split(',')), z.array(z.string().min(1)))
  .refine((ids) => ids.length <= IDS_MAX, `Accepts 1-${IDS_MAX} values`);

/** A parameter that is repeated and whose values may hold commas. */
export const repeatedSchema = z.preprocess(toList, z.array(z.string()));

/** An ISO 8601 moment or day, in milliseconds. */
export const momentSchema = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()], 'Not an ISO 8601 date')
  .transform((text) => Date.parse(text));

export function limitSchema(defaultLimit: number, limitMax: number) {
  return z.coerce.number().int().min(1).max(limitMax).default(defaultLimit);
}

/** Unknown parameters are ignored, as fal does. */
export function readQuery<Schema extends z.ZodType>(http: FastifyRequest, schema: Schema): z.output<Schema> {
  const parsed = schema.safeParse(http.query);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  throw new PlatformError(400, 'validation_error', `Invalid request parameters: ${problems.join('; ')}`);
}

function toList(value: unknown): string[] {
  return (Array.isArray(value) ? value : [value]).map(String);
}
