/** A child of `npm run sim`: a database of its own, one seed after the other. */
import { simulate } from '../simulate.ts';
import { createVirtualDatabase, type VirtualDatabase } from '../store/virtual-database.ts';
import type { FromChild, SeedOutcome, ToChild } from './messages.ts';

let database: VirtualDatabase | undefined;
let trace = false;

process.on('message', (message: ToChild) => {
  answer(message).then(
    (reply) => process.send?.(reply),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
// A child whose parent is gone has nobody to run for.
process.on('disconnect', () => process.exit());

async function answer(message: ToChild): Promise<FromChild> {
  if (message.kind === 'begin') {
    trace = message.trace;
    database = await createVirtualDatabase(message.adminUrl);
    return { kind: 'ready' };
  }
  if (!database) throw new Error('no database yet');
  if (message.kind === 'seed') return { kind: 'ran', outcome: await run(database, message.seed) };
  await database.close();
  return { kind: 'ended' };
}

async function run(on: VirtualDatabase, seed: number): Promise<SeedOutcome> {
  const report = await simulate(on, seed);
  const { notes, broken, requests, virtualMs } = report;
  return {
    seed,
    broken,
    requests,
    virtualMs,
    trace: trace || broken.length > 0 ? report.trace : [],
    steps: notes.steps,
    failpoints: [...notes.failpoints],
    faults: [...notes.faults],
  };
}
