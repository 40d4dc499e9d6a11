/**
 * The token in each webhook URL. fal's signature doesn't cover the URL, so the token alone proves that a callback's
 * attempt id was ours and not picked by the caller.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';

const TOKEN_BYTES = 18;
const TOKEN = /^[A-Za-z0-9_-]{24}$/;

export function webhookToken(secret: string, attemptId: string): string {
  return createHmac('sha256', secret).update(attemptId).digest().subarray(0, TOKEN_BYTES).toString('base64url');
}

export function isWebhookToken(secret: string, attemptId: string, token: string): boolean {
  if (!TOKEN.test(token)) return false;
  return timingSafeEqual(Buffer.from(webhookToken(secret, attemptId)), Buffer.from(token));
}
