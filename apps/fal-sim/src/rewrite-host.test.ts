import { expect, it } from 'vitest';
import { rewriteHost } from './rewrite-host.ts';

it.each([
  ['/v1/meta?x=1', 'api.fal.ai', '/_host/api/v1/meta?x=1'],
  ['/v1/meta', 'API.fal.ai:7070', '/_host/api/v1/meta'],
  ['/fal-ai/wan', 'fal.run', '/_host/run/fal-ai/wan'],
  ['/storage/upload/initiate', 'rest.fal.ai', '/_host/rest/storage/upload/initiate'],
  ['/fal-ai/wan', 'queue.fal.run', '/fal-ai/wan'],
  ['/fal-ai/wan', '127.0.0.1:7070', '/fal-ai/wan'],
  ['/fal-ai/wan', undefined, '/fal-ai/wan'],
  ['/_host/queue/fal-ai/wan', '127.0.0.1', '/fal-ai/wan'],
  ['/_host/run/fal-ai/wan', 'fal.run', '/_host/run/fal-ai/wan'],
  ['/_sim/ledger', 'api.fal.ai', '/_sim/ledger'],
  ['/files/b/x/y.mp4', 'fal.run', '/files/b/x/y.mp4'],
])('%s for %s is %s', (url, host, rewritten) => {
  expect(rewriteHost(url, host)).toBe(rewritten);
});
