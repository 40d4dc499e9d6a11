import { expect, it } from 'vitest';
import type { SimRequest } from '../sim-request.ts';
import { WaitingLine } from './waiting-line.ts';

/** The line looks at nothing but the priority. */
const requestOf = (lowPriority: boolean) => ({ lowPriority }) as SimRequest;

it('serves what was put back first, then normal, then low, each in order', () => {
  const line = new WaitingLine();
  const [low, first, second, back] = [requestOf(true), requestOf(false), requestOf(false), requestOf(true)];
  for (const request of [low, first, second]) line.add(request);
  line.putBack(back);

  const positions = [back, first, second, low].map((request) => line.position(request));
  const served = [line.takeFirst(), line.takeFirst(), line.takeFirst(), line.takeFirst(), line.takeFirst()];

  expect(positions).toEqual([0, 1, 2, 3]);
  expect(served).toEqual([back, first, second, low, undefined]);
});

it('closes the gap of a request that leaves', () => {
  const line = new WaitingLine();
  const [first, second] = [requestOf(false), requestOf(false)];
  line.add(first);
  line.add(second);

  line.remove(first);

  expect([line.length, line.position(second)]).toEqual([1, 0]);
});
