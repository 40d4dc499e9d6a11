import { type ChildProcess, spawn } from 'node:child_process';
import path from 'node:path';
import { eventually } from '@reelay/testkit';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../../..');
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const BODY =
  '{"id":"evt_1","type":"job.succeeded","data":{"custom_id":"clip-7","output":{"video":{"url":"https://fal.example/7.mp4"}}}}';

let receiver: ChildProcess;
let said = '';
let url: string;

beforeAll(async () => {
  const env = { ...process.env, RECEIVER_SECRET: SECRET, PORT: '0' };
  receiver = spawn(process.execPath, ['examples/receiver/receiver.mjs'], {
    cwd: ROOT,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  receiver.stdout?.on('data', (chunk) => {
    said += String(chunk);
  });
  await eventually(() => Promise.resolve(said.includes('listening on port')));
  url = `http://127.0.0.1:${/port (\d+)/.exec(said)?.[1]}/`;
});
afterAll(() => receiver.kill());

function post(body: string, { id = 'evt_1', at = new Date(), secret = SECRET, signed = body } = {}): Promise<number> {
  const headers = {
    'webhook-id': id,
    'webhook-timestamp': String(Math.floor(at.getTime() / 1_000)),
    'webhook-signature': new Webhook(secret).sign(id, at, signed),
  };
  return fetch(url, { method: 'POST', headers, body }).then(({ status }) => status);
}

test('the example receiver takes what is signed, once', async () => {
  expect([await post(BODY), await post(BODY)]).toEqual([200, 200]);

  await eventually(() => Promise.resolve(said.includes('clip-7: https://fal.example/7.mp4')));
  expect(said.match(/clip-7/g)).toHaveLength(1);
});

test('the example receiver refuses another secret, a changed body, an old signature, and one that is none', async () => {
  const other = `whsec_${Buffer.alloc(32, 8).toString('base64')}`;
  const old = new Date(Date.now() - 600_000);

  const answers = [
    await post(BODY, { secret: other }),
    await post(`${BODY} `, { signed: BODY }),
    await post(BODY, { at: old }),
  ];
  const unsigned = await fetch(url, { method: 'POST', body: BODY });

  expect([...answers, unsigned.status]).toEqual([401, 401, 401, 401]);
});

test('the example receiver refuses what is too long, before it reads it', async () => {
  expect(await post('x'.repeat(1_000_001))).toBe(413);
});
