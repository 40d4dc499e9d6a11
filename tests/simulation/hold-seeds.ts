import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import type {} from '../../packages/testkit/src/provided-context.ts';
import { simulate } from './src/simulate.ts';
import { createVirtualDatabase, type VirtualDatabase } from './src/store/virtual-database.ts';

const SEEDS_PER_TEST = 20;
const TEST_TIMEOUT_MS = 180_000;

/** One test for every twenty seeds; a seed that fails shows the end of its story. */
export function holdSeeds(from: number, to: number): void {
  let database: VirtualDatabase;
  beforeAll(async () => {
    database = await createVirtualDatabase(inject('postgresAdminUrl'));
  });
  afterAll(() => database.close());

  for (let first = from; first <= to; first += SEEDS_PER_TEST) {
    const last = Math.min(to, first + SEEDS_PER_TEST - 1);
    it(`every promise holds in seeds ${first} to ${last}`, { timeout: TEST_TIMEOUT_MS }, async () => {
      for (let seed = first; seed <= last; seed++) {
        const { broken, trace } = await simulate(database, seed);
        const story = trace.slice(-40).join('\n');
        expect(broken, `npm run sim -- --seed ${seed} --trace\n${story}`).toEqual([]);
      }
    });
  }
}
