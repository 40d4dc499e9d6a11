import type { FastifyRequest } from 'fastify';
import { z } from 'zod';
import { findModel } from '../models/catalogue.ts';
import { UNIT_PRICE_NANO_USD } from '../runs/bill.ts';
import { PlatformError } from './platform-error.ts';
import { idListSchema, readQuery } from './read-query.ts';
import { toUsd } from './usd.ts';

const querySchema = z.object({
  endpoint_id: z.preprocess((value) => value ?? [], idListSchema).refine((ids) => ids.length > 0, 'Required'),
});

/** The price list, before any surcharge or discount. */
export function listPrices(http: FastifyRequest) {
  const prices = readQuery(http, querySchema).endpoint_id.map((endpoint_id) => {
    if (!findModel(endpoint_id)) throw new PlatformError(404, 'not_found', `Endpoint ${endpoint_id} not found`);
    return { endpoint_id, unit_price: toUsd(UNIT_PRICE_NANO_USD), unit: 'second', currency: 'USD' };
  });
  return { prices, next_cursor: null, has_more: false };
}
