// Signs callbacks as fal does and serves the key that verifies them.
import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';

export async function startSigner() {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const jwk = publicKey.export({ format: 'jwk' });
  const server = createServer((_request, response) => response.end(JSON.stringify({ keys: [jwk] })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    jwk,
    jwksUrl: `http://127.0.0.1:${server.address().port}/.well-known/jwks.json`,
    // Other bytes in every round: the same ones again would not be stored.
    signAll: (attempts, round) =>
      attempts.map(({ id, path }) => ({ path, ...signed(privateKey, `req-${id}`, { round }) })),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function signed(privateKey, requestId, payload) {
  const video = {
    url: 'https://media.example.com/0123456789abcdef.mp4',
    content_type: 'video/mp4',
    file_size: 1_234_567,
  };
  const body = JSON.stringify({ request_id: requestId, status: 'OK', payload: { video, seed: 42, ...payload } });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const digest = createHash('sha256').update(body).digest('hex');
  const signature = sign(null, Buffer.from([requestId, 'github|1', timestamp, digest].join('\n')), privateKey);
  const headers = {
    'content-type': 'application/json',
    'x-fal-webhook-request-id': requestId,
    'x-fal-webhook-user-id': 'github|1',
    'x-fal-webhook-timestamp': timestamp,
    'x-fal-webhook-signature': signature.toString('hex'),
  };
  return { headers, body };
}
