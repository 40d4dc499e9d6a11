import { expect, it } from 'vitest';
import { waitsForConfirmation } from './waits-for-confirmation.ts';

it.each([
  ['nothing was said', {}, 10n, false],
  ['nothing was said and it is dear', { confirmAboveNanoUsd: 9n }, 10n, true],
  ['nothing was said and it costs just that', { confirmAboveNanoUsd: 10n }, 10n, false],
  ['auto was said', { start: 'auto' as const, confirmAboveNanoUsd: 0n }, 10n, false],
  ['confirm was said', { start: 'confirm' as const }, 0n, true],
])('when %s', (_, terms, estimatedNanoUsd, expected) => {
  expect(waitsForConfirmation(terms, estimatedNanoUsd)).toBe(expected);
});
