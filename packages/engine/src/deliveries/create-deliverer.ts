/**
 * Delivers what is due, some at a time. What hangs takes places of its own endpoint only, and nothing is held in memory
 * that Postgres does not know: a process that dies leaves leases, and they end.
 */
import { randomUUID } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { BREAKER_FAILURES, CALLS_PER_ENDPOINT_MAX } from '@reelay/core';
import { claimDeliveries, inTransaction } from '@reelay/db';
import type { Context } from '../context.ts';
import { deliverOne } from './deliver-one.ts';

/** Longer than a call may take, with room for writing down what came of it. */
const LEASE_MS = 30_000;
const PLACES = 64;
const TERMS = { leaseMs: LEASE_MS, perEndpoint: CALLS_PER_ENDPOINT_MAX, breakerFailures: BREAKER_FAILURES };

export interface Deliverer {
  /** Claims what is due, as far as there are places, and begins to deliver it. Returns how many. */
  begin(): Promise<number>;
  /** Resolves when nothing is under way. */
  settled(): Promise<void>;
  /** Lets what is under way end, at most so long, and breaks off the rest, which is due again at once. */
  close(drainMs: number): Promise<void>;
}

/** `onFreed`: a place is free again. */
export function createDeliverer(context: Context, onFreed: () => void = () => {}, places = PLACES): Deliverer {
  const underWay = new Set<Promise<void>>();
  const closing = new AbortController();
  let isClosed = false;
  let claiming: Promise<unknown> = Promise.resolve();
  setMaxListeners(0, closing.signal);
  const take = async (limit: number): Promise<number> => {
    const lease = randomUUID();
    const claimed = await inTransaction(context.db, (tx) => claimDeliveries(tx, { ...TERMS, lease, limit }));
    for (const delivery of claimed) {
      const ending = deliverOne(context, { delivery, lease }, closing.signal).then(() => {
        underWay.delete(ending);
        onFreed();
      });
      underWay.add(ending);
    }
    return claimed.length;
  };
  const settled = async () => {
    await claiming.catch(() => {});
    while (underWay.size > 0) await Promise.all(underWay);
  };
  return {
    begin: () => {
      const limit = places - underWay.size;
      if (isClosed || limit <= 0) return Promise.resolve(0);
      const taking = take(limit);
      claiming = taking;
      return taking;
    },
    settled,
    close: async (drainMs) => {
      isClosed = true;
      const timer = setTimeout(() => closing.abort(), drainMs);
      await settled();
      clearTimeout(timer);
    },
  };
}
