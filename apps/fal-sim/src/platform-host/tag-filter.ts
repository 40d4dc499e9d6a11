import { PlatformError } from './platform-error.ts';

/** Every key must match, with any of the values given for it. */
export type TagFilter = ReadonlyMap<string, ReadonlySet<string>>;

export function readTagFilter(pairs: readonly string[] = [], source: 'billed' | 'tagged-billed'): TagFilter {
  if (pairs.length > 0 && source === 'billed') throw invalidTag('tag needs source=tagged-billed');
  const filter = new Map<string, Set<string>>();
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 1) throw invalidTag('give key=value');
    const key = pair.slice(0, at);
    filter.set(key, (filter.get(key) ?? new Set()).add(pair.slice(at + 1)));
  }
  return filter;
}

export function matchesTags(tags: Readonly<Record<string, string>>, filter: TagFilter): boolean {
  return [...filter].every(([key, values]) => Object.hasOwn(tags, key) && values.has(String(tags[key])));
}

function invalidTag(message: string): PlatformError {
  return new PlatformError(400, 'validation_error', `Invalid request parameters: tag: ${message}`);
}
