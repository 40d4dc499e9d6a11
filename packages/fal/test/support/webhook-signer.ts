/** Signs callbacks as fal does, with a key pair of its own. */
import { createHash, generateKeyPairSync, type JsonWebKey, sign } from 'node:crypto';

export interface SignedParts {
  readonly requestId?: string;
  readonly userId?: string;
  readonly timestamp?: string;
  readonly body?: unknown;
}

export interface SignedCallback {
  readonly headers: Record<string, string>;
  readonly rawBody: Uint8Array;
}

export const REQUEST_ID = 'req_1';
export const USER_ID = 'github|4711';
export const NOW_MS = Date.UTC(2026, 0, 1, 12, 0, 0);

export interface WebhookSigner {
  readonly jwk: JsonWebKey;
  readonly callback: (parts?: SignedParts) => SignedCallback;
}

export function makeSigner(): WebhookSigner {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const callback = ({
    requestId = REQUEST_ID,
    userId = USER_ID,
    timestamp = String(NOW_MS / 1000),
    body = { request_id: REQUEST_ID, gateway_request_id: 'gw_9', status: 'OK', payload: { seed: 1 } },
  }: SignedParts = {}): SignedCallback => {
    const rawBody = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
    const digest = createHash('sha256').update(rawBody).digest('hex');
    const message = Buffer.from(`${requestId}\n${userId}\n${timestamp}\n${digest}`);
    const headers = {
      'x-fal-webhook-request-id': requestId,
      'x-fal-webhook-user-id': userId,
      'x-fal-webhook-timestamp': timestamp,
      'x-fal-webhook-signature': sign(null, message, privateKey).toString('hex'),
    };
    return { headers, rawBody };
  };
  return { jwk: publicKey.export({ format: 'jwk' }), callback };
}
