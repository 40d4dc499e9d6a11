// Lets `migrate diff` between two schema files run without a database. The native engine asks for none there; the
// WebAssembly build asks a server for its version first, so this answers that question and refuses every other.
import { ColumnTypeEnum, DriverAdapterError } from '@prisma/driver-adapter-utils';

// The oldest server our SQL must run on.
const VERSION = { text: 'PostgreSQL 15.0', number: 150_000 };

const CONNECTION_DOES_NOT_EXIST = '08003';

export class OfflineAdapterFactory {
  provider = 'postgres';
  adapterName = 'offline';

  async connect() {
    return {
      provider: this.provider,
      adapterName: this.adapterName,
      getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
      queryRaw: answerVersion,
      executeRaw: refuse,
      executeScript: refuse,
      startTransaction: refuse,
      dispose: async () => {},
    };
  }

  connectToShadowDb = refuse;
}

async function answerVersion({ sql }) {
  if (!sql.includes('server_version_num')) return refuse();
  return {
    columnNames: ['exists', 'version', 'numeric_version'],
    columnTypes: [ColumnTypeEnum.Boolean, ColumnTypeEnum.Text, ColumnTypeEnum.Int32],
    rows: [[true, VERSION.text, VERSION.number]],
  };
}

async function refuse() {
  // Only an error that looks like the server's own reaches the person who ran the command.
  throw new DriverAdapterError({
    kind: 'postgres',
    code: CONNECTION_DOES_NOT_EXIST,
    severity: 'ERROR',
    message: 'this command needs a database: set DATABASE_URL to a PostgreSQL server',
  });
}
