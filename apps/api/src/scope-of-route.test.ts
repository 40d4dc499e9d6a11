import { expect, it } from 'vitest';
import { scopeOfRoute } from './scope-of-route.ts';

it.each([
  ['GET', '/v1/jobs/:id', 'jobs:read'],
  ['HEAD', '/v1/batches', 'jobs:read'],
  ['POST', '/v1/estimates', 'jobs:read'],
  ['POST', '/v1/imports', 'jobs:write'],
  ['PATCH', '/v1/batches/:id', 'jobs:write'],
  ['GET', '/v1/batches/:id/statement', 'billing:read'],
  ['GET', '/v1/ledger.csv', 'billing:read'],
  ['GET', '/v1/budgets/:scope', 'billing:read'],
  ['PUT', '/v1/budgets/:scope', 'admin'],
  ['GET', '/v1/api_keys', 'admin'],
  ['GET', '/v1/webhook_endpoints/:id', 'jobs:read'],
  ['POST', '/v1/webhook_endpoints/:id/replay', 'admin'],
  ['POST', '/v1/admin/stop-all', 'admin'],
] as const)('%s %s asks for %s', (method, path, scope) => {
  expect(scopeOfRoute(method, path)).toBe(scope);
});

it("a route that no rule knows is nobody's", () => {
  expect(() => scopeOfRoute('GET', '/v2/jobs')).toThrow('no scope is asked for GET /v2/jobs');
});
