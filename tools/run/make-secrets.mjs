// `npm run secrets`: the files that docker-compose.yml takes its secrets from. What is there stays as it is: another pepper
// would void every API key, another password would lock everybody out of the data.
import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { inProject } from './project-root.mjs';

/** No fal: enough for fal-sim, and real fal answers 401 to it. */
const NO_FAL_KEY = 'no-fal-key:put-yours-into-this-file';

export async function makeSecrets([given] = []) {
  const folder = path.resolve(given ?? inProject('secrets'));
  // Only its owner gets at the files here; containers, which run as other accounts, have them mounted one by one.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const keep = (name, make) => keepSecret(path.join(folder, name), make);
  const postgres = keep('postgres_password', random);
  keep('database_url', () => `postgres://reelay:${postgres}@postgres:5432/reelay`);
  const redis = keep('redis_password', random);
  keep('redis_conf', () => `requirepass ${redis}`);
  keep('redis_url', () => `redis://:${redis}@redis:6379`);
  keep('key_pepper', random);
  keep('webhook_secret', random);
  const fal = keep('fal_key', () => process.env.FAL_KEY || NO_FAL_KEY);
  console.log(`secrets are in ${folder}`);
  if (fal === NO_FAL_KEY)
    console.log(`For real fal put your key into ${path.join(folder, 'fal_key')}. fal-sim needs none.`);
}

const random = () => randomBytes(32).toString('hex');

function keepSecret(file, make) {
  if (!existsSync(file)) {
    // Whole or not at all: half a secret would be kept for ever.
    const draft = `${file}.${process.pid}.draft`;
    writeFileSync(draft, `${make()}\n`);
    chmodSync(draft, 0o444);
    renameSync(draft, file);
  }
  return readFileSync(file, 'utf8').trimEnd();
}
