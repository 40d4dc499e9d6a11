import { createTestDatabase, type TestDatabase } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runMigrate } from '../src/run.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('the command that migrates', () => {
  it('says so when there is nothing to do, however many run at once', async () => {
    const env = { DATABASE_URL: database.url };
    const printed = await Promise.all([runMigrate(env), runMigrate(env), runMigrate(env)]);
    expect(new Set(printed)).toEqual(new Set(['the schema is up to date\n']));
  });

  it('says what it lacks', async () => {
    await expect(runMigrate({})).rejects.toThrow('DATABASE_URL is not set');
  });
});
