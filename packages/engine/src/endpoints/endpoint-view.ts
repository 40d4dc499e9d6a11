/** An endpoint as the API shows it. Its secret is no part of it. */
import type { EndpointReading } from '@reelay/db';
import { maybeTime, time } from '../reads/views.ts';

export const ALL_EVENTS = '*';

export function endpointView(endpoint: EndpointReading) {
  const { event_types, progress_interval_ms } = endpoint;
  return {
    id: endpoint.id,
    object: 'webhook_endpoint' as const,
    kind: endpoint.kind,
    url: endpoint.url,
    description: endpoint.description,
    event_types: event_types.length === 0 ? [ALL_EVENTS] : event_types,
    progress_interval_s: progress_interval_ms === null ? null : progress_interval_ms / 1000,
    enabled: endpoint.state === 'enabled',
    disabled_reason: endpoint.disabled_reason,
    disabled_at: maybeTime(endpoint.disabled_at),
    failing_since: maybeTime(endpoint.failing_since),
    throttled_until: maybeTime(endpoint.throttled_until),
    deliveries: { pending: endpoint.pending, failed: endpoint.failed },
    created_at: time(endpoint.created_at),
  };
}

export type EndpointView = ReturnType<typeof endpointView>;
