export { connectDb, type Db, type DbConfig, inTransaction, type Tx } from './client.ts';
export { migrate } from './migrate.ts';
