const PREFIXES: Readonly<Record<string, string>> = {
  'api.fal.ai': '/_host/api',
  'fal.run': '/_host/run',
  'rest.fal.ai': '/_host/rest',
};

/** Paths that mean the same on every host. */
const EVERYWHERE = /^\/(_sim|_host|files)\//;

/** Puts a request for another of fal's hosts under that host's own path; the queue host has the bare paths. */
export function rewriteHost(url: string, host: string | undefined): string {
  if (url.startsWith('/_host/queue/')) return url.slice('/_host/queue'.length);
  const prefix = PREFIXES[(host ?? '').replace(/:\d+$/, '').toLowerCase()];
  return prefix === undefined || EVERYWHERE.test(url) ? url : `${prefix}${url}`;
}
