import { parseUsd } from '@reelay/core';
import { allowListSchema } from '@reelay/outbound';
import { LOG_LEVELS, parseConfig } from '@reelay/runtime';
import { z } from 'zod';

const SECRET_LENGTH_MIN = 32;
const secret = (what: string) =>
  z.string().min(SECRET_LENGTH_MIN, `needs at least ${SECRET_LENGTH_MIN} characters: ${what}`);
const httpUrl = z.url({ protocol: /^https?$/, error: 'must be an http or https URL' });
const usd = z
  .string()
  .refine((text) => parseUsd(text) !== null, 'must be an amount of US dollars such as 100 or 12.50')
  .transform((text) => parseUsd(text));

const schema = z.object({
  DATABASE_URL: z.string().regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL'),
  REDIS_URL: z
    .string()
    .regex(/^rediss?:\/\//, 'must be a redis:// URL')
    .optional(),
  REELAY_QUEUE_PREFIX: z.string().optional(),
  REELAY_HOST: z.string().default('127.0.0.1'),
  REELAY_PORT: z.coerce.number().int().min(0).max(65_535).default(8080),
  REELAY_PUBLIC_URL: httpUrl.optional(),
  REELAY_KEY_PEPPER: secret('API keys are hashed with it'),
  REELAY_WEBHOOK_SECRET: secret("it signs the tokens in fal's callback URLs"),
  REELAY_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  REELAY_TIME_SCALE: z.coerce.number().min(1).default(1),
  REELAY_DB_CONNECTIONS: z.coerce.number().int().min(1).max(200).default(10),
  REELAY_UPLOAD_BYTES_MAX: z.coerce
    .number()
    .int()
    .positive()
    .default(1024 ** 3),
  REELAY_CONFIRM_ABOVE: usd.optional(),
  REELAY_OUTBOUND_ALLOW: allowListSchema.default([]),
  FAL_QUEUE_URL: httpUrl.default('https://queue.fal.run'),
  FAL_JWKS_URL: httpUrl.default('https://rest.fal.ai/.well-known/jwks.json'),
  FAL_WEBHOOK_USER_ID: z.string().optional(),
});

export type ApiConfig = z.output<typeof schema>;

/** The API's environment. FAL_KEY is not in it: this process only checks fal's callbacks. */
export function readConfig(): ApiConfig {
  return parseConfig(schema, process.env);
}

const newProjectSchema = schema.pick({ DATABASE_URL: true, REELAY_KEY_PEPPER: true });

/** What the command that creates a project needs of it. */
export function readNewProjectConfig(env: NodeJS.ProcessEnv = process.env): z.output<typeof newProjectSchema> {
  return parseConfig(newProjectSchema, env);
}

const migrateSchema = schema.pick({ DATABASE_URL: true });

/** What the command that migrates needs of it. */
export function readMigrateConfig(env: NodeJS.ProcessEnv = process.env): z.output<typeof migrateSchema> {
  return parseConfig(migrateSchema, env);
}
