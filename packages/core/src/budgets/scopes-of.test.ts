import { expect, it } from 'vitest';
import { scopesOf } from './scopes-of.ts';

it('a job counts in every budget around it, outermost first', () => {
  const job = { project_id: 'proj_1', api_key_id: 'key_1', batch_id: 'batch_1' };

  expect(scopesOf(job)).toEqual(['deployment', 'project:proj_1', 'key:key_1', 'batch:batch_1']);
});

it('a single job of no key counts in its project and the deployment', () => {
  expect(scopesOf({ project_id: 'proj_1', api_key_id: null, batch_id: null })).toEqual([
    'deployment',
    'project:proj_1',
  ]);
});
