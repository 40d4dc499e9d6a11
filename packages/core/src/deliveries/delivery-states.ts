/** The words for endpoints and deliveries, the same in tables, code and API. */

/** registered: by hand; callback: made by the callback_url of a job or batch. */
export const ENDPOINT_KINDS = ['registered', 'callback'] as const;
export type EndpointKind = (typeof ENDPOINT_KINDS)[number];

/** gone: it answered 410; failing: five days of nothing but failures. */
export const DISABLED_REASONS = ['gone', 'failing', 'by_owner'] as const;
export type DisabledReason = (typeof DISABLED_REASONS)[number];

/** failed: its schedule is over, a replay brings it back; skipped: a newer one took its place, or its endpoint is deleted. */
export const DELIVERY_STATES = ['pending', 'delivered', 'failed', 'skipped'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];
