import { setInFlightMax } from '@reelay/db';
import { dispatch, patrol } from '@reelay/engine';
import { createTestContext, createTestDatabase, eventually, makeBatch } from '@reelay/testkit';
import { expect, it } from 'vitest';
import { spawnProcess } from './harness/spawn-process.ts';

it('a worker frozen with its patrol transaction open does not hold up another worker', async () => {
  const database = await createTestDatabase();
  const context = createTestContext({ databaseUrl: database.url, falUrl: 'http://127.0.0.1:9' });
  await setInFlightMax(context.db, 200);
  await makeBatch(context.db, { jobs: 150 });
  await dispatch(context);
  const reserved = context.tasks.take('submit');
  await context.db.prisma.$executeRaw`UPDATE attempts SET next_check_at = now() - interval '1 minute'`;
  const frozen = await spawnProcess(
    'tests/system/harness/patrol-and-hold.mjs',
    { DATABASE_URL: database.url },
    /holding/,
  );
  frozen.signal('SIGSTOP');

  // The frozen one holds a hundred of the due attempts; the other fifty are to be had at once.
  await patrol(context);
  const atOnce = context.tasks.take('submit');
  expect(atOnce).toHaveLength(50);

  // And the hundred as soon as the server has ended the frozen session.
  const later = await eventually(
    async () => {
      await patrol(context);
      const ids = context.tasks.take('submit').filter((id) => !atOnce.includes(id));
      return ids.length > 0 && ids;
    },
    { timeoutMs: 60_000, intervalMs: 200 },
  );

  expect(new Set([...atOnce, ...later])).toEqual(new Set(reserved));
  await frozen.kill('SIGKILL');
  await context.close();
  await database.drop();
});
