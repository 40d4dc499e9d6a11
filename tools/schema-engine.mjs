#!/usr/bin/env node
// Stands in for Prisma's native schema engine where that cannot be downloaded. It takes the engine's arguments, speaks
// its line-delimited JSON-RPC on stdin and stdout, and answers with the WebAssembly build of the same engine.
// The version of @prisma/schema-engine-wasm must name the commit that @prisma/engines-version of `prisma` names.
import { readFile } from 'node:fs/promises';
import readline from 'node:readline';
import { parseArgs } from 'node:util';
import { runDatabaseCommand } from './schema-engine/database-command.mjs';
import { loadSchemaEngine } from './schema-engine/load-schema-engine.mjs';
import { createResponder } from './schema-engine/responder.mjs';

const { values, positionals } = parseArgs({
  strict: false,
  allowPositionals: true,
  options: {
    version: { type: 'boolean', short: 'V' },
    datasource: { type: 'string' },
    datamodels: { type: 'string', multiple: true, default: [] },
  },
});
const { url } = JSON.parse(values.datasource ?? '{}');

if (values.version) {
  console.log('schema-engine (wasm)');
} else if (positionals[0] === 'cli') {
  process.exitCode = await runDatabaseCommand(positionals.at(-1), url);
} else {
  await answerRequests(createResponder(await openEngine()));
  // The engine keeps its database session open; the caller has closed stdin and expects the process to go.
  process.exit(0);
}

async function openEngine() {
  const datamodels = await Promise.all(values.datamodels.map(async (file) => [file, await readFile(file, 'utf8')]));
  return loadSchemaEngine({ datamodels, url });
}

async function answerRequests(respond) {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    if (line.trim()) for (const message of await respond(JSON.parse(line))) send(message);
  }
}

function send(message) {
  process.stdout.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
