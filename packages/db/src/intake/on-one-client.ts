import type pg from 'pg';
import type { Db } from '../client.ts';

/**
 * One transaction on one connection of the pool that Prisma also uses, for what only the driver can do (COPY). Committed
 * when `work` returns, rolled back when it throws; a connection whose state nobody knows is not given back.
 */
export async function onOneClient<T>(db: Db, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await db.pool.connect();
  let unsure = true;
  // Between queries nobody else listens, and an unheard error would end the process.
  const ignore = () => {};
  client.on('error', ignore);
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    unsure = false;
    return result;
  } catch (error) {
    unsure = await client.query('ROLLBACK').then(
      () => false,
      () => true,
    );
    throw error;
  } finally {
    client.removeListener('error', ignore);
    client.release(unsure);
  }
}
