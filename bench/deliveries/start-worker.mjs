// A worker as it runs in production, with nobody to submit to.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SECRET } from '../common/secret.mjs';
import { startProcess } from '../common/start-process.mjs';

const NOWHERE = 'http://127.0.0.1:9';
const MAIN = path.join(path.dirname(fileURLToPath(import.meta.url)), '../../apps/worker/dist/main.js');

export function startWorker(databaseUrl) {
  const env = {
    DATABASE_URL: databaseUrl,
    FAL_KEY: 'bench',
    FAL_QUEUE_URL: NOWHERE,
    FAL_JWKS_URL: NOWHERE,
    FAL_PLATFORM_URL: NOWHERE,
    REELAY_WEBHOOK_SECRET: SECRET,
    REELAY_BUDGET_USD: 'unlimited',
    REELAY_OUTBOUND_ALLOW: '127.0.0.0/8',
  };
  return startProcess(MAIN, env, /worker started/);
}
