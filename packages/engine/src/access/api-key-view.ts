/** A key as the API shows it. Its secret is no part of it. */
import type { ApiKeyRow } from '@reelay/db';
import { maybeTime, time } from '../reads/views.ts';

export function apiKeyView(key: ApiKeyRow) {
  return {
    id: key.id,
    object: 'api_key' as const,
    name: key.name,
    hint: key.hint,
    scopes: key.scopes,
    created_at: time(key.created_at),
    expires_at: maybeTime(key.expires_at),
    revoked_at: maybeTime(key.revoked_at),
    last_used_at: maybeTime(key.last_used_at),
  };
}

export type ApiKeyView = ReturnType<typeof apiKeyView>;
