/** Signs callbacks as fal does and serves the key that verifies them, so that a test decides every byte of one. */
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SignedCallback {
  readonly headers: Readonly<Record<string, string>>;
  readonly rawBody: Buffer;
}

export interface CallbackParts {
  readonly requestId: string;
  readonly userId?: string;
  /** By default now. */
  readonly atSeconds?: number;
  /** By default a success with an empty payload. */
  readonly body?: string;
}

export interface CallbackSigner {
  readonly jwksUrl: string;
  sign(parts: CallbackParts): SignedCallback;
  close(): Promise<void>;
}

export async function startCallbackSigner(): Promise<CallbackSigner> {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const keySet = JSON.stringify({ keys: [publicKey.export({ format: 'jwk' })] });
  const server = http.createServer((_request, response) => response.end(keySet));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    jwksUrl: `http://127.0.0.1:${port}/.well-known/jwks.json`,
    sign: ({ requestId, userId = 'github|1', atSeconds = Math.floor(Date.now() / 1000), body }) => {
      const rawBody = Buffer.from(body ?? JSON.stringify({ request_id: requestId, status: 'OK', payload: {} }));
      const digest = createHash('sha256').update(rawBody).digest('hex');
      const message = Buffer.from([requestId, userId, atSeconds, digest].join('\n'));
      const headers = {
        'x-fal-webhook-request-id': requestId,
        'x-fal-webhook-user-id': userId,
        'x-fal-webhook-timestamp': String(atSeconds),
        'x-fal-webhook-signature': sign(null, message, privateKey).toString('hex'),
      };
      return { headers, rawBody };
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
