// @prisma/adapter-pg made fit for migrations. As it ships it splits scripts at every ";" (which breaks functions and
// DO blocks), rejects "char" columns (which introspection reads), and pools sessions (the advisory lock needs one).
import { randomUUID } from 'node:crypto';
import { PrismaPg } from '@prisma/adapter-pg';
import { ColumnTypeEnum } from '@prisma/driver-adapter-utils';
import pg from 'pg';

const OID_CHAR = 18;
const OID_TEXT = 25;

export class MigrationPg extends PrismaPg {
  #url;

  constructor(url) {
    super({ connectionString: url, max: 1 });
    this.#url = url;
  }

  async connect() {
    return allowMigrations(await super.connect());
  }

  async connectToShadowDb() {
    const name = `prisma_migrate_shadow_db_${randomUUID()}`;
    await onServer(this.#url, `CREATE DATABASE "${name}"`);
    const shadowUrl = new URL(this.#url);
    shadowUrl.pathname = `/${name}`;
    const adapter = await new MigrationPg(shadowUrl.href).connect();
    const dispose = adapter.dispose.bind(adapter);
    adapter.dispose = async () => {
      await dispose();
      await onServer(this.#url, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`);
    };
    return adapter;
  }
}

async function onServer(url, sql) {
  const client = new pg.Client(url);
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function allowMigrations(adapter) {
  const driver = adapter.underlyingDriver();
  const query = driver.query.bind(driver);
  adapter.executeScript = (script) =>
    query(script).then(
      () => undefined,
      (error) => adapter.onError(error),
    );
  readCharAsText(adapter, driver, query);
  return adapter;
}

// The adapter refuses the column type before we see a row, so the type is changed in the driver's answer and put back
// in the adapter's. One session means one query at a time, which is what lets the two meet in a variable.
function readCharAsText(adapter, driver, query) {
  let charColumns = [];
  driver.query = async (...args) => {
    const result = await query(...args);
    charColumns = (result.fields ?? []).flatMap((field, index) => (field.dataTypeID === OID_CHAR ? [index] : []));
    for (const index of charColumns) result.fields[index].dataTypeID = OID_TEXT;
    return result;
  };
  const queryRaw = adapter.queryRaw.bind(adapter);
  adapter.queryRaw = async (statement) => {
    const result = await queryRaw(statement);
    for (const index of charColumns) result.columnTypes[index] = ColumnTypeEnum.Character;
    return result;
  };
}
