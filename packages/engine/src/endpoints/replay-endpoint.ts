/** Events once more for one endpoint, each under the webhook-id that it had. */
import { inTransaction, lockEndpoint, type ReplayRange, replayEvents } from '@reelay/db';
import type { Context } from '../context.ts';
import type { EndpointTarget } from './list-endpoints.ts';

/** What one transaction makes due again. */
const EVENTS_MAX = 5_000;

export interface ReplayEndpoint extends EndpointTarget {
  readonly range: ReplayRange;
  /** Those that were delivered are left alone. */
  readonly missedOnly: boolean;
}

export interface ReplayView {
  readonly object: 'webhook_replay';
  readonly events: number;
  /** Up to which number it came; null: to the end. */
  readonly stopped_at: number | null;
}

/** Null when the project has no such endpoint. */
export function replayEndpoint(
  { db }: Pick<Context, 'db'>,
  { projectId, endpointId, range, missedOnly }: ReplayEndpoint,
  eventsMax = EVENTS_MAX,
): Promise<ReplayView | null> {
  return inTransaction(db, async (tx) => {
    if (!(await lockEndpoint(tx, projectId, endpointId))) return null;
    const { count, stoppedAt } = await replayEvents(tx, { endpointId, range, missedOnly }, eventsMax);
    return { object: 'webhook_replay', events: count, stopped_at: stoppedAt === null ? null : Number(stoppedAt) };
  });
}
