// The least that takes a callback: Fastify, the signature over the raw bytes, one INSERT.
import { createHash, createPublicKey, randomUUID, verify } from 'node:crypto';
import process from 'node:process';
import Fastify from 'fastify';
import pg from 'pg';

const key = createPublicKey({ key: JSON.parse(process.env.BENCH_JWK), format: 'jwk' });
const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 10 });
await pool.query('CREATE TABLE bench_inbox (id text PRIMARY KEY, attempt_id text, request_id text, payload jsonb)');

const app = Fastify();
app.removeAllContentTypeParsers();
app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, bytes, done) => done(null, bytes));
app.post('/hooks/fal/:attempt/:token', async ({ params, headers, body }, reply) => {
  const [requestId, userId, timestamp, signature] = ['request-id', 'user-id', 'timestamp', 'signature'].map(
    (name) => headers[`x-fal-webhook-${name}`],
  );
  const digest = createHash('sha256').update(body).digest('hex');
  const message = Buffer.from([requestId, userId, timestamp, digest].join('\n'));
  if (!verify(null, message, key, Buffer.from(signature, 'hex'))) return reply.code(401).send();
  await pool.query('INSERT INTO bench_inbox VALUES ($1, $2, $3, $4)', [
    randomUUID(),
    params.attempt,
    requestId,
    JSON.stringify(JSON.parse(body).payload),
  ]);
  return { received: true };
});
console.log(`listening at ${await app.listen({ host: '127.0.0.1', port: 0 })}`);
