/** A new endpoint, with the secret that signs what goes to it. The secret is returned here and nowhere else again. */
import { ENDPOINTS_PER_PROJECT_MAX, shownValue } from '@reelay/core';
import { countRegistered, insertEndpoint, insertSecretOnce, inTransaction, type Tx } from '@reelay/db';
import type { Context } from '../context.ts';
import { makeSigningSecret } from '../deliveries/sign-delivery.ts';
import { callbackFaultOf } from '../intake/callback-fault.ts';
import { newId } from '../make-id.ts';
import type { EndpointView } from './endpoint-view.ts';
import { getEndpoint } from './list-endpoints.ts';

export interface CreateEndpoint {
  readonly projectId: string;
  readonly url: string;
  readonly description?: string;
  /** Empty or left out: all. */
  readonly eventTypes?: readonly string[];
  readonly progressIntervalMs?: number | null;
  /** In the transaction that stores it. */
  readonly beforeCommit?: (tx: Tx, view: EndpointView) => Promise<void>;
}

export interface UrlProblem {
  readonly pointer: string;
  readonly code: string;
  readonly value: unknown;
  readonly message: string;
}

export type CreatedEndpoint =
  | { readonly kind: 'created'; readonly view: EndpointView; readonly secret: string }
  | { readonly kind: 'refused'; readonly code: 'invalid_state'; readonly message: string }
  | { readonly kind: 'invalid'; readonly problems: readonly UrlProblem[] };

const TOO_MANY: CreatedEndpoint = {
  kind: 'refused',
  code: 'invalid_state',
  message: `the project has ${ENDPOINTS_PER_PROJECT_MAX} endpoints, and no project may have more: delete one that is not needed`,
};

type EndpointContext = Pick<Context, 'db' | 'now' | 'secretBox' | 'outbound'>;

export async function createEndpoint(context: EndpointContext, asked: CreateEndpoint): Promise<CreatedEndpoint> {
  const problem = urlProblem(context, asked.url);
  if (problem) return { kind: 'invalid', problems: [problem] };
  const { projectId, url, description = '', eventTypes = [], progressIntervalMs = null } = asked;
  const id = newId(context, 'endpoint');
  const secret = makeSigningSecret();
  return inTransaction(context.db, async (tx) => {
    if ((await countRegistered(tx, projectId)) >= ENDPOINTS_PER_PROJECT_MAX) return TOO_MANY;
    await insertEndpoint(tx, { id, projectId, url, description, eventTypes, progressIntervalMs });
    await insertSecretOnce(tx, { ownerId: id, projectId, sealed: context.secretBox.seal(secret, id) });
    const stored = await getEndpoint(context, { projectId, endpointId: id }, tx);
    if (!stored) throw new Error('the endpoint was not readable in its own transaction');
    await asked.beforeCommit?.(tx, stored);
    return { kind: 'created', view: stored, secret };
  });
}

/** By its text alone: what its name leads to is judged at every delivery. */
export function urlProblem(context: Pick<Context, 'outbound'>, url: string): UrlProblem | null {
  const reason = callbackFaultOf(context)(url);
  if (reason === null) return null;
  const message = `the URL is not called: ${reason}. Give an https URL of a public host.`;
  return { pointer: '/url', code: 'blocked_url', value: shownValue(url), message };
}
