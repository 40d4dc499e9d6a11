/**
 * Standard Webhooks 1.0: who has the secret can tell that a body is ours, whole, and no older than its timestamp. The id is
 * the event's, so a repeat can be told from a new one.
 */
import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
const SECRET_BYTES = 32;

export function makeSigningSecret(): string {
  return PREFIX + randomBytes(SECRET_BYTES).toString('base64');
}

export interface Signing {
  /** One signature each. */
  readonly secrets: readonly string[];
  readonly id: string;
  readonly atMs: number;
  readonly body: string;
}

export function signatureHeaders({ secrets, id, atMs, body }: Signing): Record<string, string> {
  const timestamp = String(Math.floor(atMs / 1000));
  const content = `${id}.${timestamp}.${body}`;
  const signatures = secrets.map((secret) => {
    const key = Buffer.from(secret.slice(PREFIX.length), 'base64');
    return `v1,${createHmac('sha256', key).update(content).digest('base64')}`;
  });
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures.join(' ') };
}
