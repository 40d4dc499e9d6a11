import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { EXIT } from '@reelay/cli';
import { setInFlightMax } from '@reelay/db';
import { dispatch } from '@reelay/engine';
import { createTestContext, createTestDatabase, makeBatch } from '@reelay/testkit';
import { expect, test } from 'vitest';
import { readLocalConfig } from '../src/config.ts';
import { runAudit } from '../src/ledger-audit/run-audit.ts';

async function audit(databaseUrl: string) {
  const [stdout, stderr] = [new PassThrough(), new PassThrough()];
  const io = { stdout, stderr, config: { apiUrl: '', apiKey: '', colours: false } };
  const place = { cwd: '.', signal: new AbortController().signal };
  const flags = { json: true, head: [] };
  const exitCode = await runAudit(readLocalConfig({ DATABASE_URL: databaseUrl }), flags, { ...io, ...place });
  stdout.end();
  return { exitCode, document: JSON.parse(await text(stdout)) };
}

test('an audit reports what is not sealed yet and leaves it so, forged or not', async () => {
  const database = await createTestDatabase();
  const context = createTestContext({ databaseUrl: database.url, falUrl: 'http://127.0.0.1:9' });
  try {
    await setInFlightMax(context.db, 10);
    await makeBatch(context.db, { jobs: 2 });
    await dispatch(context);
    const seal = { blocks: 0, entries: 0, unsealed: 2 };
    for (let round = 0; round < 2; round++) {
      expect(await audit(database.url)).toMatchObject({ exitCode: EXIT.ok, document: { holds: true, seal } });
    }
    const forge = 'UPDATE ledger_entries SET amount_nano_usd = 1 WHERE id = (SELECT min(id) FROM ledger_entries)';
    await context.db.pool.query(`SET session_replication_role = replica; ${forge}; RESET session_replication_role`);

    expect(await audit(database.url)).toMatchObject({ exitCode: EXIT.failure, document: { holds: false, seal } });
  } finally {
    await context.close();
    await database.drop();
  }
});
