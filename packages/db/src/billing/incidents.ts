/**
 * Incidents: what a person should look at. Raised in the transaction of what they are about, once per kind and key until
 * they are closed.
 */
import type { Tx } from '../client.ts';
import { jsonText } from '../json-text.ts';

export type IncidentKind =
  | 'unknown_request_billed'
  | 'second_billing_event'
  | 'cost_far_above_estimate'
  | 'price_drift'
  | 'provider_balance_low';

export interface NewIncident {
  readonly id: string;
  /** Null: it is about the deployment. */
  readonly projectId: string | null;
  readonly kind: IncidentKind;
  /** What makes it the same one again. */
  readonly key: string;
  readonly requestId?: string;
  readonly attemptId?: string;
  readonly message: string;
  readonly detail: object;
}

/** True when it was not open before. */
export async function raiseIncident(tx: Tx, incident: NewIncident): Promise<boolean> {
  const { id, projectId, kind, key, requestId, attemptId, message, detail } = incident;
  const won = await tx.$executeRaw`
    INSERT INTO incidents (id, project_id, kind, key, request_id, attempt_id, message, detail)
    VALUES (${id}, ${projectId}, ${kind}, ${key}, ${requestId ?? null}, ${attemptId ?? null}, ${message}, ${jsonText(detail)}::jsonb)
    ON CONFLICT (kind, key) DO UPDATE SET message = EXCLUDED.message, detail = EXCLUDED.detail, raised_at = now(), closed_at = NULL
    WHERE incidents.closed_at IS NOT NULL`;
  return won === 1;
}

/** Closes one, if it is open. */
export async function closeIncident(tx: Tx, kind: IncidentKind, key: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE incidents SET closed_at = now() WHERE kind = ${kind} AND key = ${key} AND closed_at IS NULL`;
}

/** Closes the open ones of a kind whose key begins so. */
export async function closeIncidentsUnder(tx: Tx, kind: IncidentKind, keyPrefix: string): Promise<void> {
  await tx.$executeRaw`
    UPDATE incidents SET closed_at = now() WHERE kind = ${kind} AND starts_with(key, ${keyPrefix}) AND closed_at IS NULL`;
}
