/** I13, and that nothing but the drill ended a process. */
import type { History } from '../history.ts';
import { type Claim, claim, unless } from './claim.ts';

const RSS_MAX_BYTES = 700e6;
const HANDLES_MAX = 400;

export function checkProcesses({ stage, resources }: History): Claim[] {
  const all = [...stage.workers, ...stage.apis];
  const figures = [...resources.most].map(
    ([name, { rssBytes, heapBytes, handles }]) =>
      `${name} ${Math.round(rssBytes / 1e6)} MB, of it ${Math.round(heapBytes / 1e6)} MB heap, ${handles} handles`,
  );
  return [
    claim('I13', 'memory and handles of every process stay within bounds', figures.join('; '), [
      ...all.flatMap(({ name }) => unless(resources.latest.has(name), `${name} did not say`)),
      ...[...resources.most].flatMap(([name, { rssBytes, handles }]) => [
        ...unless(rssBytes <= RSS_MAX_BYTES, `${name}: ${Math.round(rssBytes / 1e6)} MB`),
        ...unless(handles <= HANDLES_MAX, `${name}: ${handles} handles`),
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
