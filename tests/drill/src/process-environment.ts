import type { Canaries } from './canaries.ts';
import type { OwnLinks } from './links.ts';
import { SETTINGS } from './settings.ts';

/** What a worker or an API is configured with; it reaches everything through its own links. */
export function processEnvironment(given: {
  readonly name: string;
  readonly links: OwnLinks;
  readonly databaseUrl: string;
  readonly webhooksPort: number;
  readonly callbacksPort: number;
  readonly webhookUserId: string;
  readonly canaries: Canaries;
  readonly hitsFile: string;
  readonly clockShiftMs: number;
}): Record<string, string> {
  const { links, canaries } = given;
  const database = new URL(given.databaseUrl);
  database.port = String(links.postgres.port);
  const fal = `http://127.0.0.1:${links.fal.port}`;
  return {
    DATABASE_URL: database.href,
    ...(links.redis ? { REDIS_URL: `redis://127.0.0.1:${links.redis.port}` } : {}),
    FAL_KEY: canaries.falKey,
    FAL_QUEUE_URL: fal,
    FAL_JWKS_URL: `${fal}/.well-known/jwks.json`,
    FAL_PLATFORM_URL: `${fal}/_host/api/v1`,
    FAL_WEBHOOK_USER_ID: given.webhookUserId,
    REELAY_PUBLIC_URL: `http://127.0.0.1:${given.webhooksPort}`,
    REELAY_OUTBOUND_ALLOW: `127.0.0.1:${given.callbacksPort}`,
    REELAY_HOST: '127.0.0.1',
    REELAY_WEBHOOK_SECRET: canaries.webhookSecret,
    REELAY_KEY_PEPPER: canaries.keyPepper,
    REELAY_IN_FLIGHT_MAX: String(SETTINGS.inFlightMax),
    REELAY_SUBMITS_PER_SECOND: String(SETTINGS.submitsPerSecond),
    REELAY_BUDGET_USD: 'unlimited',
    REELAY_SUBMIT_TIMEOUT_MS: String(SETTINGS.submitTimeoutMs),
    REELAY_SEND_GRACE_MS: String(SETTINGS.sendGraceMs),
    REELAY_DRAIN_MS: String(SETTINGS.drainMs),
    REELAY_TIME_SCALE: String(SETTINGS.timeScale),
    REELAY_LOG_LEVEL: 'info',
    REELAY_DRILL_NAME: given.name.replaceAll(' ', '-'),
    REELAY_DRILL_HITS: given.hitsFile,
    REELAY_DRILL_CLOCK_SHIFT_MS: String(given.clockShiftMs),
  };
}
