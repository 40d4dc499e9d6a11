import { storable } from '@reelay/core';

/**
 * JSON as a jsonb column takes it. What fal says is stored as it came, but for what PostgreSQL cannot hold: NUL characters
 * and halves of surrogate pairs become U+FFFD, in values and in keys.
 */
export function jsonText(value: unknown): string {
  return JSON.stringify(value ?? null, (_key, inner: unknown) => {
    if (typeof inner === 'string') return storable(inner);
    if (typeof inner !== 'object' || inner === null || Array.isArray(inner)) return inner;
    const entries = Object.entries(inner);
    const clean = entries.every(([key]) => storable(key) === key);
    return clean ? inner : Object.fromEntries(entries.map(([key, held]) => [storable(key), held]));
  });
}
