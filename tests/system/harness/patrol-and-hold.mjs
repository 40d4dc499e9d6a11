// Runs one patrol and stays inside its open transaction, for a test to freeze.
import { makePolicy } from '@reelay/core';
import { connectDb } from '@reelay/db';
import { patrol } from '@reelay/engine';

const log = { debug() {}, info() {}, warn() {}, error() {} };
const db = connectDb({ url: process.env.DATABASE_URL, maxConnections: 2, applicationName: 'frozen-patrol' });
await patrol({
  db,
  log,
  policy: makePolicy(),
  owner: 'frozen',
  queue: { enqueue: async () => {}, close: async () => {} },
  failpoint: async () => {
    console.log('holding');
    await new Promise(() => setInterval(() => {}, 1_000));
  },
});
