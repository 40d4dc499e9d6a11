// Turns one JSON-RPC request of the Prisma CLI into the messages that answer it.
import { readPanicMessage } from './load-schema-engine.mjs';

const RENAMED_METHODS = { getDatabaseVersion: 'version' };
const ENGINE_ERROR = 4466;
// Ids of our own requests to the CLI, far from the ones it counts up from 1.
const FIRST_PRINT_ID = 1_000_000;

export function createResponder(openEngine) {
  let printId = FIRST_PRINT_ID;
  return async ({ id, method, params }) => {
    if (!method) return []; // the CLI's reply to one of our `print` requests
    try {
      const engine = await openEngine();
      const result = (await engine[RENAMED_METHODS[method] ?? method](params ?? {})) ?? null;
      if (method !== 'diff' || result?.stdout == null) return [{ id, result }];
      const print = { id: ++printId, method: 'print', params: { content: result.stdout } };
      return [print, { id, result: { ...result, stdout: null } }];
    } catch (error) {
      return [{ id, error: toRpcError(error) }];
    }
  };
}

function toRpcError(error) {
  const message = error.code ? error.message : readPanicMessage() || error.message;
  const details = { is_panic: false, message, error_code: error.code, meta: error.meta ?? null };
  return { code: ENGINE_ERROR, message, data: details };
}
