/** How long fal asks us to wait: `Retry-After` as seconds or as a date. Null when it is absent or makes no sense. */

const RETRY_AFTER_MAX_MS = 24 * 60 * 60 * 1000;

export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  const waitMs = /^\d+(\.\d+)?$/.test(text) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  if (Number.isNaN(waitMs)) return null;
  return Math.round(Math.min(Math.max(waitMs, 0), RETRY_AFTER_MAX_MS));
}
