// The WebAssembly schema engine, connected on first use: to the database of the URL, or to none.
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils';
import * as bindings from '@prisma/schema-engine-wasm/schema_engine_bg';
import { MigrationPg } from './migration-adapter.mjs';
import { OfflineAdapterFactory } from './offline-adapter.mjs';

export async function loadSchemaEngine({ datamodels, url }) {
  registerPanicMessage();
  await instantiate();
  return once(() =>
    bindings.SchemaEngine.new(
      { datamodels: datamodels.length > 0 ? datamodels : undefined },
      () => {},
      bindMigrationAwareSqlAdapterFactory(url ? new MigrationPg(url) : new OfflineAdapterFactory()),
    ),
  );
}

/** What the engine said when it panicked; the thrown error itself only says "unreachable". */
export function readPanicMessage() {
  return globalThis.PRISMA_WASM_PANIC_REGISTRY.get();
}

// The engine's own panic hook writes to this global, under this name.
function registerPanicMessage() {
  let message = '';
  globalThis.PRISMA_WASM_PANIC_REGISTRY = {
    set_message: (text) => {
      message = text;
    },
    get: () => message,
  };
}

async function instantiate() {
  const folder = path.dirname(createRequire(import.meta.url).resolve('@prisma/schema-engine-wasm'));
  const binary = await readFile(path.join(folder, 'schema_engine_bg.wasm'));
  const { instance } = await WebAssembly.instantiate(binary, { './schema_engine_bg.js': bindings });
  bindings.__wbg_set_wasm(instance.exports);
  instance.exports.__wbindgen_start();
}

function once(create) {
  let created;
  return () => (created ??= create());
}
