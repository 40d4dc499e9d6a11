import { createHash } from 'node:crypto';
import type { SigningKeys } from './signing-keys.ts';

/** The account whose requests these are: a receiver pins it. */
export const WEBHOOK_USER_ID = 'fal-sim-user-1';
export const OTHER_USER_ID = 'fal-sim-user-2';

export interface WebhookStamp {
  readonly requestId: string;
  readonly userId: string;
  readonly timestampSeconds: number;
}

export function signWebhook(body: string, stamp: WebhookStamp, keys: SigningKeys): Record<string, string> {
  const timestamp = String(stamp.timestampSeconds);
  const bodySha256 = createHash('sha256').update(body).digest('hex');
  return {
    'x-fal-webhook-request-id': stamp.requestId,
    'x-fal-webhook-user-id': stamp.userId,
    'x-fal-webhook-timestamp': timestamp,
    'x-fal-webhook-signature': keys.sign([stamp.requestId, stamp.userId, timestamp, bodySha256].join('\n')),
  };
}
