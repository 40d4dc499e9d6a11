/** Registers one endpoint for each customer, for all events, at the sink. */

import { makeCustomer } from './load/customer.ts';
import type { CallbackSink } from './processes/callback-sink.ts';
import type { Tenant } from './tenants.ts';

/** Returns the secrets that the deliveries are signed with. `hookUrl`: the sink as workers reach it. */
export async function registerEndpoints(
  sink: CallbackSink,
  { customerUrl, hookUrl, tenants }: { customerUrl: string; hookUrl: string; tenants: readonly Tenant[] },
): Promise<string[]> {
  const secrets: string[] = [];
  for (const { projectId, apiKey } of tenants) {
    const path = `/${projectId}`;
    const answer = await makeCustomer(customerUrl, apiKey).ask({
      method: 'POST',
      path: '/v1/webhook_endpoints',
      route: 'POST /v1/webhook_endpoints',
      key: `endpoint-${projectId}`,
      body: JSON.stringify({ url: `${hookUrl}${path}`, event_types: ['*'] }),
    });
    const secret = answer?.body.secret;
    if (typeof secret !== 'string')
      throw new Error(`no endpoint was made: ${answer?.status} ${JSON.stringify(answer?.body)}`);
    sink.expect(path, secret);
    secrets.push(secret);
  }
  return secrets;
}
