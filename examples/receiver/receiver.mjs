// A receiver of Reelay's callbacks: takes only what is signed, each event once, and answers before it does any work.
// RECEIVER_SECRET=whsec_... node examples/receiver/receiver.mjs
import { createServer } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';

const webhook = new Webhook(process.env.RECEIVER_SECRET ?? fail('set RECEIVER_SECRET to the secret of your endpoint'));
const BODY_BYTES_MAX = 1_000_000;

/** Ids that were taken. Use a unique column of your database: an event may come twice, also after a restart. */
const taken = new Set();

const server = createServer(async (request, response) => {
  const answer = (status, text) => response.writeHead(status).end(`${text}\n`);
  if (request.method !== 'POST') return answer(405, 'POST it');
  if (Number(request.headers['content-length'] ?? Infinity) > BODY_BYTES_MAX) return answer(413, 'too long');
  const body = await buffer(request);
  let event;
  try {
    // The raw bytes are what is signed: verify before parsing. Signatures older than five minutes are refused.
    event = webhook.verify(body, request.headers);
  } catch {
    return answer(401, 'not signed with this secret');
  }
  if (taken.has(event.id)) return answer(200, 'taken before');
  taken.add(event.id);
  answer(200, 'taken');
  act(event);
});

function act({ type, data }) {
  if (type === 'job.succeeded') console.log(`${data.custom_id ?? data.id}: ${data.output?.video?.url}`);
  else console.log(`${type} ${data.id ?? ''}`);
}

function fail(message) {
  console.error(message);
  process.exit(2);
}

server.listen(Number(process.env.PORT ?? 3000), () => console.log(`listening on port ${server.address().port}`));
