/** Which scope each route behind a key asks for. The one table; a route that it does not name reads or writes jobs. */
import type { Scope } from '@reelay/core';

interface Rule {
  readonly scope: Scope;
  readonly path: RegExp;
  /** Left out: all. */
  readonly methods?: readonly string[];
}

const READS = ['GET', 'HEAD'];
const CHANGES = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** The first that fits. */
const RULES: readonly Rule[] = [
  { scope: 'admin', path: /^\/v1\/(admin|api_keys)(\/|$)/ },
  { scope: 'admin', path: /^\/v1\/(webhook_endpoints|budgets)(\/|$)/, methods: CHANGES },
  { scope: 'billing:read', path: /^\/v1\/(ledger|ledger\.csv|spend|budgets|incidents)(\/|$)/ },
  { scope: 'billing:read', path: /^\/v1\/batches\/:id\/statement$/ },
  // It stores nothing.
  { scope: 'jobs:read', path: /^\/v1\/estimates$/ },
  { scope: 'jobs:read', path: /^\/v1\//, methods: READS },
  { scope: 'jobs:write', path: /^\/v1\// },
];

/** `path` as the route declares it. */
export function scopeOfRoute(method: string, path: string): Scope {
  const rule = RULES.find((one) => one.path.test(path) && (one.methods?.includes(method) ?? true));
  if (!rule) throw new Error(`no scope is asked for ${method} ${path}`);
  return rule.scope;
}
