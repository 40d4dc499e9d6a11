import { expect, it } from 'vitest';
import { billedEvent } from './billed-event.ts';

const EVENT = {
  request_id: 'r-1',
  endpoint_id: 'fal-ai/wan',
  timestamp: '2026-11-01T00:00:00.000Z',
  output_units: 5.0625,
  unit_price: 0.08,
  cost_estimate_nano_usd: 405_000_000,
};

it('no discount is the same event however fal says it, and a discount is another', () => {
  const digestOf = (discount: object) => billedEvent({ ...EVENT, ...discount }).digest;

  expect(digestOf({ percent_discount: 0 })).toBe(digestOf({ percent_discount: null }));
  expect(digestOf({ percent_discount: 0 })).toBe(digestOf({}));
  expect(digestOf({ percent_discount: 5 })).not.toBe(digestOf({}));
});

it('a request id that is none is kept legibly, as the id of no request', () => {
  const idOf = (request_id: string) => billedEvent({ ...EVENT, request_id }).requestId;

  expect(idOf('r-1')).toBe('r-1');
  expect(idOf('a b\u0000/\u00e9')).toBe('?a?b???');
  expect(idOf('')).toBe('?');
  expect(idOf('x'.repeat(200))).toBe(`?${'x'.repeat(127)}`);
  expect(billedEvent({ ...EVENT, request_id: 'a b' }).digest).not.toBe(
    billedEvent({ ...EVENT, request_id: 'a?b' }).digest,
  );
});
