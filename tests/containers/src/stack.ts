/** The stack of docker-compose.yml as a user starts it: secrets, images, containers, a project and its key. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { runProgram } from './run-program.ts';
import { COMPOSE_PROJECT, ENV_FILES, type Options } from './settings.ts';

const STAND_INS = {
  REELAY_NODE_IMAGE: 'reelay-standin/node:local',
  REELAY_POSTGRES_IMAGE: 'reelay-standin/postgres:local',
  REELAY_REDIS_IMAGE: 'reelay-standin/redis:local',
  REELAY_BUILD_NETWORK: 'host',
} as const;

export interface Stack {
  readonly databaseUrl: string;
  readonly falSimUrl: string;
  readonly apiUrls: readonly string[];
  readonly secretsDir: string;
  compose(...args: string[]): Promise<string>;
  /** Values that no log and no inspection may show. */
  secrets(): string[];
  close(): Promise<void>;
}

export async function startStack(options: Options, say: (line: string) => void): Promise<Stack> {
  const secretsDir = mkdtempSync(path.join(os.tmpdir(), 'reelay-secrets-'));
  const [postgres, redis, falSim, api] = await Promise.all([freePort(), freePort(), freePort(), freePair()]);
  const env = {
    ...(options.localImages ? STAND_INS : {}),
    REELAY_SECRETS_DIR: secretsDir,
    REELAY_IMAGE: 'reelay:containers-drill',
    REELAY_POSTGRES_PORT: String(postgres),
    REELAY_REDIS_PORT: String(redis),
    FAL_SIM_PORT: String(falSim),
    REELAY_API_PORTS: `${api}-${api + 1}`,
  };
  const files = ENV_FILES.flatMap((file) => ['--env-file', file]);
  const compose = (...args: string[]) =>
    runProgram('docker', ['compose', '--project-name', COMPOSE_PROJECT, ...files, ...args], env);
  const close = async () => {
    await compose('down', '--volumes', '--remove-orphans', '--timeout', '5');
    rmSync(secretsDir, { recursive: true, force: true });
  };
  try {
    await runProgram(process.execPath, ['tools/run.mjs', 'secrets', secretsDir]);
    await compose('down', '--volumes', '--remove-orphans', '--timeout', '1');
    if (options.localImages) {
      say('making images of this machine’s own programs');
      await runProgram('tests/containers/local-images.sh', [], env);
    }
    say('building the image');
    await compose('build');
    say('starting the stack');
    await compose('up', '--detach', '--wait');
  } catch (error) {
    process.stderr.write(await compose('logs', '--tail', '30').catch(() => ''));
    await close().catch(() => {});
    throw error;
  }
  const read = (name: string) => readFileSync(path.join(secretsDir, name), 'utf8').trim();
  return {
    databaseUrl: `postgres://reelay:${read('postgres_password')}@127.0.0.1:${postgres}/reelay`,
    falSimUrl: `http://127.0.0.1:${falSim}`,
    apiUrls: [api, api + 1].map((port) => `http://127.0.0.1:${port}`),
    secretsDir,
    compose,
    secrets: () => readdirSync(secretsDir).map(read),
    close,
  };
}

/** As README.md says: the operator's command, and the key that it prints once. */
export async function makeProject({ compose }: Stack): Promise<string> {
  const printed = await compose(
    'run',
    '--rm',
    '--no-deps',
    '-T',
    'api',
    'node',
    'apps/api/dist/new-project-main.js',
    'containers',
  );
  const key = /API key\s+(\S+)/.exec(printed)?.[1];
  if (!key) throw new Error(`the command that makes a project printed no key: ${printed}`);
  return key;
}

function freePort(port = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      const { port: bound } = server.address() as net.AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}

/** Two that follow each other, for the two API processes. */
async function freePair(): Promise<number> {
  for (;;) {
    const first = await freePort();
    const second = await freePort(first + 1).catch(() => null);
    if (second !== null) return first;
  }
}
