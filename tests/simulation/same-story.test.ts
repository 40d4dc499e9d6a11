import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type {} from '../../packages/testkit/src/provided-context.ts';
import { simulate } from './src/simulate.ts';
import { createVirtualDatabase, type VirtualDatabase } from './src/store/virtual-database.ts';

let database: VirtualDatabase;
beforeAll(async () => {
  database = await createVirtualDatabase(inject('postgresAdminUrl'));
});
afterAll(() => database.close());

it.each([2, 17])('seed %i tells the same story twice', { timeout: 180_000 }, async (seed) => {
  const first = await simulate(database, seed);
  const second = await simulate(database, seed);

  expect(first.trace.length).toBeGreaterThan(20);
  expect(second.trace).toEqual(first.trace);
});
