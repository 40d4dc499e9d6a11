// Runs the Prisma CLI without a download: its schema engine is the WebAssembly build from npm (schema-engine.mjs).
// Set PRISMA_SCHEMA_ENGINE_BINARY to use a native engine instead.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const cli = createRequire(import.meta.url).resolve('prisma/build/index.js');
const { status } = spawnSync(process.execPath, [cli, ...process.argv.slice(2)], { stdio: 'inherit', env: prismaEnv() });
process.exitCode = status ?? 1;

function prismaEnv() {
  const env = { CHECKPOINT_DISABLE: '1', PRISMA_HIDE_UPDATE_MESSAGE: '1', ...process.env };
  // Windows cannot execute a script with a shebang; there the CLI fetches its own native engine.
  if (env.PRISMA_SCHEMA_ENGINE_BINARY || process.platform === 'win32') return env;
  env.PRISMA_SCHEMA_ENGINE_BINARY = fileURLToPath(new URL('schema-engine.mjs', import.meta.url));
  // The shebang says `env node`: make that the node that runs this file.
  env.PATH = [path.dirname(process.execPath), env.PATH].join(path.delimiter);
  return env;
}
