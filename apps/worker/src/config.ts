/** Reads the worker's environment; nothing else in this app may. */
import { hostname } from 'node:os';
import { DEFAULT_IN_FLIGHT_MAX, DEFAULT_SUBMITS_PER_SECOND, makePolicy, parseUsd } from '@reelay/core';
import { allowListSchema } from '@reelay/outbound';
import { chooseBackend } from '@reelay/queue';
import { LOG_LEVELS, parseConfig } from '@reelay/runtime';
import { z } from 'zod';

const UNLIMITED = 'unlimited';

const schema = z.object({
  DATABASE_URL: z.string(),
  REDIS_URL: z.string().optional(),
  REELAY_QUEUE_PREFIX: z.string().optional(),
  FAL_KEY: z.string(),
  FAL_QUEUE_URL: z.url().default('https://queue.fal.run'),
  FAL_JWKS_URL: z.url().default('https://rest.fal.ai/.well-known/jwks.json'),
  FAL_PLATFORM_URL: z.url().default('https://api.fal.ai/v1'),
  FAL_WEBHOOK_USER_ID: z.string().optional(),
  REELAY_PUBLIC_URL: z.url().optional(),
  REELAY_WEBHOOK_SECRET: z.string().min(32, 'must be at least 32 characters, the same in every process'),
  REELAY_IN_FLIGHT_MAX: z.coerce.number().int().min(1).max(10_000).default(DEFAULT_IN_FLIGHT_MAX),
  REELAY_SUBMITS_PER_SECOND: z.coerce.number().min(0.1).max(10_000).default(DEFAULT_SUBMITS_PER_SECOND),
  REELAY_BUDGET_USD: z
    .string({ error: 'is not set: say what this deployment may spend in all, such as 250, or unlimited' })
    .refine(
      (text) => text === UNLIMITED || parseUsd(text) !== null,
      'must be an amount of US dollars such as 250 or 12.50, or unlimited',
    ),
  REELAY_SUBMIT_TIMEOUT_MS: z.coerce.number().int().min(100).max(300_000).default(30_000),
  REELAY_SEND_GRACE_MS: z.coerce.number().int().min(100).max(300_000).default(15_000),
  REELAY_OUTBOUND_ALLOW: allowListSchema.default([]),
  REELAY_DRAIN_MS: z.coerce.number().int().min(0).max(600_000).default(20_000),
  REELAY_TIME_SCALE: z.coerce.number().min(1).max(10_000).default(1),
  REELAY_OBSERVE: z.enum(['0', '1'], 'must be 1 to observe after a restore, or 0').default('0'),
  REELAY_HEALTH_HOST: z.string().default('127.0.0.1'),
  REELAY_HEALTH_PORT: z.coerce.number().int().min(0).max(65_535).optional(),
  REELAY_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
});

export type WorkerConfig = ReturnType<typeof readWorkerConfig>;

export function readWorkerConfig(env: NodeJS.ProcessEnv = process.env) {
  const read = parseConfig(schema, env);
  return {
    databaseUrl: read.DATABASE_URL,
    backend: chooseBackend({
      databaseUrl: read.DATABASE_URL,
      redisUrl: read.REDIS_URL,
      redisPrefix: read.REELAY_QUEUE_PREFIX,
    }),
    fal: {
      credentials: read.FAL_KEY,
      queueUrl: read.FAL_QUEUE_URL,
      jwksUrl: read.FAL_JWKS_URL,
      platformUrl: read.FAL_PLATFORM_URL,
      timeouts: { submitMs: read.REELAY_SUBMIT_TIMEOUT_MS, readMs: 15_000 },
      webhookSecret: read.REELAY_WEBHOOK_SECRET,
      publicUrl: read.REELAY_PUBLIC_URL ?? null,
      webhookUserId: read.FAL_WEBHOOK_USER_ID ?? null,
    },
    policy: makePolicy({
      timeScale: read.REELAY_TIME_SCALE,
      submitTimeoutMs: read.REELAY_SUBMIT_TIMEOUT_MS,
      sendGraceMs: read.REELAY_SEND_GRACE_MS,
    }),
    /** Whom we may call for customers beside the public. */
    outbound: { allow: read.REELAY_OUTBOUND_ALLOW },
    inFlightMax: read.REELAY_IN_FLIGHT_MAX,
    submitsPerSecond: read.REELAY_SUBMITS_PER_SECOND,
    /** Null: no limit, because somebody said so. */
    budgetNanoUsd: read.REELAY_BUDGET_USD === UNLIMITED ? null : parseUsd(read.REELAY_BUDGET_USD),
    /** Send nothing until what fal took since the last known attempt is known again. */
    observe: read.REELAY_OBSERVE === '1',
    /** Null: it listens nowhere. */
    health:
      read.REELAY_HEALTH_PORT === undefined ? null : { host: read.REELAY_HEALTH_HOST, port: read.REELAY_HEALTH_PORT },
    drainMs: read.REELAY_DRAIN_MS,
    owner: `${hostname()}:${process.pid}`,
    logLevel: read.REELAY_LOG_LEVEL,
  };
}
