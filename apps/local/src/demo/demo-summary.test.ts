import { expect, test } from 'vitest';
import { auditProvider } from '../audit/provider-audit.ts';
import { brokenPromises } from './broken-promises.ts';
import { demoSummary } from './demo-summary.ts';

const COUNTS = {
  total: 5,
  rejected: 1,
  queued: 0,
  active: 0,
  needs_review: 1,
  succeeded: 2,
  failed: 1,
  cancelled: 0,
  expired: 0,
};
const BATCH = {
  status: 'completed' as const,
  request_counts: COUNTS,
  cost: {
    currency: 'USD' as const,
    estimated: '46.4',
    worst_case: '139.2',
    reserved: '0',
    charged: '23.2',
    billed: null,
    billed_complete: true,
    cap: null,
  },
};
const ACCEPTED = {
  requestId: 'r1',
  job: 'job_1',
  attempt: 'att_1',
  sequence: 1,
  acceptedAtMs: 0,
  startedAtMs: 0,
  finishedAtMs: 1,
  toldAtMs: 2,
  httpStatus: 200,
  billedNanoUsd: 5n,
};

test('the summary carries exactly what its readers expect', () => {
  const unknown = { id: 'att_1', jobId: 'job_1', jobStatus: 'needs_review', state: 'unknown' } as const;
  const attempts = [{ ...unknown, requestId: null, reservedNanoUsd: 152_500_000n, chargedNanoUsd: null }];
  const audit = auditProvider([ACCEPTED], attempts);
  expect(demoSummary({ batch: BATCH, audit, elapsedMs: 12_345.678, slotUtilisation: 0.87654 })).toEqual({
    jobs: 4,
    succeeded: 2,
    failed: 1,
    needs_review: 1,
    estimated_usd: '46.4',
    charged_usd: '23.2',
    unresolved: { attempts: 1, reserved_usd: '0.1525', provider_billed_usd: '0.000000005' },
    provider: { accepted: 1, accepted_twice: 0, billed_usd: '0.000000005' },
    seconds: 12.346,
    slot_utilisation: 0.877,
  });
});

test('a batch that ended and books that agree break no promise', () => {
  const settled = { id: 'att_1', jobId: 'job_1', jobStatus: 'succeeded', state: 'succeeded' } as const;
  const attempts = [{ ...settled, requestId: 'r1', reservedNanoUsd: 0n, chargedNanoUsd: 5n }];
  expect(brokenPromises(BATCH, auditProvider([ACCEPTED], attempts))).toEqual([]);
});

test.each<[name: string, batch: object, requests: (typeof ACCEPTED & { job: string | null })[], said: RegExp]>([
  [
    'a job that has not ended',
    { status: 'in_progress', request_counts: { ...COUNTS, active: 1 } },
    [],
    /1 jobs have not/,
  ],
  [
    'a job bought twice',
    {},
    [ACCEPTED, { ...ACCEPTED, requestId: 'r2', sequence: 2 }],
    /bought twice: fal accepted r1/,
  ],
  ['a request without a job', {}, [{ ...ACCEPTED, job: null as never }], /r1, which carries no job tag/],
  ['a bill that nobody accounts for', {}, [ACCEPTED], /billed \$0\.000000005 for r1/],
])('%s is a broken promise', (_name, change, requests, said) => {
  expect(brokenPromises({ ...BATCH, ...change }, auditProvider(requests, [])).join('\n')).toMatch(said);
});
