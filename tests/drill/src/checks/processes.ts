/** I13, and that nothing but the drill ended a process. */
import type { History } from '../history.ts';
import { type Claim, claim, unless } from './claim.ts';

const RSS_MAX_BYTES = 700e6;
/** Whoever waits for an answer holds a connection: under fire there are many, and afterwards they are let go. */
const HANDLES_MAX = 1_000;
const HANDLES_AT_REST_MAX = 150;

export function checkProcesses({ stage, resources }: History): Claim[] {
  const all = [...stage.workers, ...stage.apis];
  const atRest = (name: string) => resources.latest.get(name)?.handles ?? Number.NaN;
  const figures = [...resources.most].map(
    ([name, { rssBytes, heapBytes, handles }]) =>
      `${name} ${megabytes(rssBytes)} MB, of it ${megabytes(heapBytes)} MB heap, ${handles} handles, at rest ${atRest(name)}`,
  );
  return [
    claim('I13', 'memory and handles of every process stay within bounds', figures.join('; '), [
      ...all.flatMap(({ name }) => unless(resources.latest.has(name), `${name} did not say`)),
      ...[...resources.most].flatMap(([name, { rssBytes, handles }]) => [
        ...unless(rssBytes <= RSS_MAX_BYTES, `${name}: ${megabytes(rssBytes)} MB`),
        ...unless(handles <= HANDLES_MAX, `${name}: ${handles} handles`),
        ...unless(atRest(name) <= HANDLES_AT_REST_MAX, `${name}: ${atRest(name)} handles at rest`),
      ]),
    ]),
    claim(
      'drill',
      'no process ended by itself',
      all.map(({ name, starts }) => `${name} started ${starts} times`).join(', '),
      [...all, stage.sim.process].flatMap(({ name, ownEnds }) => ownEnds.map((how) => `${name}: ${how}`)),
    ),
  ];
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
