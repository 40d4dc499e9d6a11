/** Reads the environment of the local stack; nothing else in this app may. */
import { DEFAULT_IN_FLIGHT_MAX, DEFAULT_SUBMITS_PER_SECOND, parseUsd } from '@reelay/core';
import { type AllowedTarget, allowListSchema } from '@reelay/outbound';
import { LOG_LEVELS, type LogLevel, parseConfig } from '@reelay/runtime';
import { z } from 'zod';

const schema = z.object({
  FAL_KEY: z.string().optional(),
  FAL_QUEUE_URL: z.url().default('https://queue.fal.run'),
  FAL_JWKS_URL: z.url().default('https://rest.fal.ai/.well-known/jwks.json'),
  FAL_PLATFORM_URL: z.url().default('https://api.fal.ai/v1'),
  FAL_WEBHOOK_USER_ID: z.string().optional(),
  DATABASE_URL: z.string().optional(),
  REDIS_URL: z.string().optional(),
  REELAY_PUBLIC_URL: z.url().optional(),
  REELAY_BUDGET_USD: z
    .string()
    .refine((text) => parseUsd(text) !== null, 'must be an amount of US dollars such as 250 or 12.50')
    .transform((text) => parseUsd(text))
    .optional(),
  REELAY_CONFIRM_ABOVE: z
    .string()
    .refine((text) => parseUsd(text) !== null, 'must be an amount of US dollars such as 100 or 12.50')
    .transform((text) => parseUsd(text))
    .optional(),
  REELAY_OUTBOUND_ALLOW: allowListSchema.default([]),
  REELAY_IN_FLIGHT_MAX: z.coerce.number().int().min(1).max(10_000).default(DEFAULT_IN_FLIGHT_MAX),
  REELAY_SUBMITS_PER_SECOND: z.coerce.number().min(0.1).max(10_000).default(DEFAULT_SUBMITS_PER_SECOND),
  REELAY_LOG_LEVEL: z.enum(LOG_LEVELS).default('info'),
  INIT_CWD: z.string().optional(),
});

export interface LocalConfig {
  readonly falKey: string | undefined;
  readonly falQueueUrl: string;
  readonly falJwksUrl: string;
  readonly falPlatformUrl: string;
  readonly falWebhookUserId: string | undefined;
  /** A server of one's own instead of the embedded one. */
  readonly databaseUrl: string | undefined;
  /** BullMQ on Redis instead of on PostgreSQL. */
  readonly redisUrl: string | undefined;
  /** Where fal can reach the API; without it fal is polled. */
  readonly publicUrl: string | undefined;
  readonly budgetNanoUsd: bigint | undefined;
  /** List price above which a batch waits for confirmation when nobody said how it starts. */
  readonly confirmAboveNanoUsd: bigint | undefined;
  /** Whom we may call for customers beside the public. */
  readonly outboundAllow: readonly AllowedTarget[];
  readonly inFlightMax: number;
  readonly submitsPerSecond: number;
  readonly logLevel: LogLevel;
  /** The folder in which npm was called, which is not the one in which it runs us. */
  readonly calledFrom: string | undefined;
}

export function readLocalConfig(env: NodeJS.ProcessEnv = process.env): LocalConfig {
  const read = parseConfig(schema, env);
  return {
    falKey: read.FAL_KEY,
    falQueueUrl: read.FAL_QUEUE_URL,
    falJwksUrl: read.FAL_JWKS_URL,
    falPlatformUrl: read.FAL_PLATFORM_URL,
    falWebhookUserId: read.FAL_WEBHOOK_USER_ID,
    databaseUrl: read.DATABASE_URL,
    redisUrl: read.REDIS_URL,
    publicUrl: read.REELAY_PUBLIC_URL,
    budgetNanoUsd: read.REELAY_BUDGET_USD ?? undefined,
    confirmAboveNanoUsd: read.REELAY_CONFIRM_ABOVE ?? undefined,
    outboundAllow: read.REELAY_OUTBOUND_ALLOW,
    inFlightMax: read.REELAY_IN_FLIGHT_MAX,
    submitsPerSecond: read.REELAY_SUBMITS_PER_SECOND,
    logLevel: read.REELAY_LOG_LEVEL,
    calledFrom: read.INIT_CWD,
  };
}
