// Sixteen dispatchers in one process, with a pool of its own; what they reserve is sent, and settled when it has run.
import { makePolicy } from '@reelay/core';
import { connectDb } from '@reelay/db';
import { dispatch, patrol, settleAttempt, submitAttempt } from '@reelay/engine';
import { createFal } from '@reelay/fal';

const DISPATCHERS = 16;
const { DATABASE_URL, FAL_QUEUE_URL } = process.env;

const tasks = { submit: [], settle: [] };
const take = (name) => tasks[name].splice(0);
const context = {
  db: connectDb({ url: DATABASE_URL, maxConnections: DISPATCHERS + 4, applicationName: 'dispatch-fleet' }),
  fal: createFal({
    credentials: 'test-key',
    queueUrl: FAL_QUEUE_URL,
    jwksUrl: FAL_QUEUE_URL,
    timeouts: { submitMs: 10_000, readMs: 10_000 },
    webhookSecret: 'a-webhook-secret-for-tests-only-0000',
    publicUrl: null,
    platformUrl: null,
    webhookUserId: null,
  }),
  queue: { enqueue: async (name, ids) => void tasks[name]?.push(...ids), close: async () => {} },
  policy: makePolicy({ timeScale: 1_000, submitTimeoutMs: 10_000, sendGraceMs: 60_000 }),
  log: { debug() {}, info() {}, warn() {}, error() {} },
  owner: `fleet-${process.pid}`,
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  random: () => 0.5,
  failpoint: async () => {},
};

// On a machine that has no time for it, one of sixty-four may wait for the account's lock too long: it asks again.
const WAITED_TOO_LONG = /lock timeout|Transaction already closed|Unable to start a transaction|expired transaction/i;

let dispatches = 0;
async function dispatchForever() {
  for (;;) {
    await dispatch(context).catch((error) => {
      if (!WAITED_TOO_LONG.test(String(error))) throw error;
    });
    dispatches += 1;
    if (dispatches % DISPATCHERS === 0) console.log(`dispatches: ${dispatches}`);
    for (const id of take('submit')) await submitAttempt(context, id);
  }
}

async function settleForever() {
  for (;;) {
    await patrol(context);
    for (const id of take('settle')) await settleAttempt(context, id);
  }
}

console.log('fleet started');
await Promise.all([...Array.from({ length: DISPATCHERS }, dispatchForever), settleForever()]);
