// `schema-engine cli can-connect-to-database | create-database | drop-database`: returns the exit code.
import pg from 'pg';

const PRISMA_CODES = { '3D000': 'P1003', '28P01': 'P1000' };
const CANNOT_CONNECT = 'P1001';

export async function runDatabaseCommand(command, url) {
  try {
    await execute(command, new URL(url));
    return 0;
  } catch (error) {
    reportFailure(error);
    return 1;
  }
}

async function execute(command, target) {
  const database = decodeURIComponent(target.pathname.slice(1)).replaceAll('"', '""');
  if (command !== 'can-connect-to-database') target.pathname = '/postgres';
  const client = new pg.Client(target.href);
  await client.connect();
  try {
    if (command === 'create-database') await client.query(`CREATE DATABASE "${database}"`);
    if (command === 'drop-database') await client.query(`DROP DATABASE "${database}"`);
  } finally {
    await client.end();
  }
}

function reportFailure({ code, message }) {
  // The CLI drops the first line of stderr and looks for the error record in the rest.
  logRecord('INFO', 'schema_engine', { message: 'cli' });
  logRecord('ERROR', 'schema_engine::logger', {
    message,
    error_code: PRISMA_CODES[code] ?? CANNOT_CONNECT,
    is_panic: false,
  });
}

function logRecord(level, target, fields) {
  console.error(JSON.stringify({ level, fields, target }));
}
