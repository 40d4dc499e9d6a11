/** An event of no meaning for one endpoint, on the way that every event takes. */
import { inTransaction, lockEndpoint } from '@reelay/db';
import type { Context } from '../context.ts';
import { tellOfEndpoint } from '../deliveries/tell-of-endpoint.ts';
import type { EndpointTarget } from './list-endpoints.ts';

/** The event's id; null when the project has no such endpoint. */
export function testEndpoint(
  context: Pick<Context, 'db' | 'now' | 'log'>,
  { projectId, endpointId }: EndpointTarget,
): Promise<string | null> {
  return inTransaction(context.db, async (tx) => {
    const endpoint = await lockEndpoint(tx, projectId, endpointId);
    if (endpoint?.kind !== 'registered') return null;
    return tellOfEndpoint(context, tx, { type: 'endpoint.test', endpoint });
  });
}
