import { expect, it } from 'vitest';
import { DATABASE_WATCH, UNAVAILABLE_WITHIN_MS } from './database-watch.ts';

/** For the requests that are answered all at once when their connections break. */
const MARGIN_MS = 500;

it('a database that goes just after it was asked is noticed in time to answer everybody within the promise', () => {
  const { everyMs, patienceMs } = DATABASE_WATCH;
  expect(everyMs + patienceMs + MARGIN_MS).toBeLessThanOrEqual(UNAVAILABLE_WITHIN_MS);
});
