/** What an API key may do. A key has the scopes that it was given and no others: none of them includes another. */
export const SCOPES = ['jobs:read', 'jobs:write', 'billing:read', 'admin'] as const;

export type Scope = (typeof SCOPES)[number];

/** Keys of one project that are neither revoked nor expired: two for a rotation, one for each service, and room. */
export const LIVE_KEYS_MAX = 50;
