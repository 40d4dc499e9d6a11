/**
 * Changing, enabling, disabling and deleting an endpoint. A disabled one goes on collecting deliveries, and gets them when
 * it is enabled again, with its failures forgiven; a deleted one gets nothing more.
 */
import {
  changeEndpointRow,
  deleteEndpointRow,
  disableEndpoint,
  type EndpointChange,
  enableEndpoint,
  inTransaction,
  lockEndpoint,
} from '@reelay/db';
import type { Context } from '../context.ts';
import { type UrlProblem, urlProblem } from './create-endpoint.ts';
import type { EndpointView } from './endpoint-view.ts';
import { type EndpointTarget, getEndpoint } from './list-endpoints.ts';

export interface ChangeEndpoint extends EndpointTarget, EndpointChange {
  readonly enabled?: boolean;
}

export type ChangedEndpoint =
  | { readonly kind: 'done'; readonly view: EndpointView }
  | { readonly kind: 'not_found' }
  | { readonly kind: 'refused'; readonly code: 'invalid_state'; readonly message: string }
  | { readonly kind: 'invalid'; readonly problems: readonly UrlProblem[] };

const NOT_FOUND = { kind: 'not_found' } as const;

export async function changeEndpoint(
  context: Pick<Context, 'db' | 'outbound'>,
  { projectId, endpointId, enabled, ...change }: ChangeEndpoint,
): Promise<ChangedEndpoint> {
  const problem = change.url === undefined ? null : urlProblem(context, change.url);
  if (problem) return { kind: 'invalid', problems: [problem] };
  return inTransaction(context.db, async (tx) => {
    const endpoint = await lockEndpoint(tx, projectId, endpointId);
    if (!endpoint) return NOT_FOUND;
    if (endpoint.kind === 'callback' && Object.keys(change).length > 0) return madeByCallback('changed');
    await changeEndpointRow(tx, endpointId, change);
    if (enabled === false) await disableEndpoint(tx, endpointId, 'by_owner');
    if (enabled === true && endpoint.state === 'disabled') await enableEndpoint(tx, endpointId);
    const view = await getEndpoint(context, { projectId, endpointId }, tx);
    return view ? { kind: 'done', view } : NOT_FOUND;
  });
}

/** Answers with what it was. */
export function deleteEndpoint(
  context: Pick<Context, 'db'>,
  { projectId, endpointId }: EndpointTarget,
): Promise<ChangedEndpoint> {
  return inTransaction(context.db, async (tx) => {
    const endpoint = await lockEndpoint(tx, projectId, endpointId);
    const view = await getEndpoint(context, { projectId, endpointId }, tx);
    if (!endpoint || !view) return NOT_FOUND;
    if (endpoint.kind === 'callback') return madeByCallback('deleted');
    await deleteEndpointRow(tx, endpointId);
    return { kind: 'done', view };
  });
}

function madeByCallback(done: string): ChangedEndpoint {
  const message = `it was made by a callback_url and can be enabled or disabled, but not ${done}`;
  return { kind: 'refused', code: 'invalid_state', message };
}
