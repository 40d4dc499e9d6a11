import { describe, expect, test } from 'vitest';
import type { AuditedAttempt, AuditedOrphan, ProviderRequest } from './inputs.ts';
import { providerRequestFrom } from './inputs.ts';
import { auditProvider } from './provider-audit.ts';
import { slotUtilisation } from './slot-utilisation.ts';

const BILL = 152_500_000n;

function requestOf(change: Partial<ProviderRequest> = {}): ProviderRequest {
  return {
    requestId: 'r1',
    job: 'job_1',
    attempt: 'att_1',
    sequence: 1,
    acceptedAtMs: 1_000,
    startedAtMs: 1_000,
    finishedAtMs: 2_000,
    toldAtMs: 2_100,
    httpStatus: 200,
    billedNanoUsd: BILL,
    ...change,
  };
}

function attemptOf(change: Partial<AuditedAttempt> = {}): AuditedAttempt {
  return {
    id: 'att_1',
    jobId: 'job_1',
    jobStatus: 'succeeded',
    state: 'succeeded',
    requestId: 'r1',
    reservedNanoUsd: 0n,
    chargedNanoUsd: BILL,
    ...change,
  };
}

const FAILED = { httpStatus: 500, billedNanoUsd: 0n };
const SECOND = { requestId: 'r2', attempt: 'att_2', sequence: 2 };

describe('buying a job twice', () => {
  test.each<[name: string, first: Partial<ProviderRequest>, second: Partial<ProviderRequest>]>([
    ['after the first succeeded', {}, { acceptedAtMs: 9_000 }],
    ['before the first was told', FAILED, { acceptedAtMs: 2_050 }],
    ['while the first was never told', { ...FAILED, toldAtMs: null }, { acceptedAtMs: 9_000 }],
    ['while the first still runs', { toldAtMs: null, httpStatus: null, finishedAtMs: null }, { acceptedAtMs: 1_500 }],
    ['in the same millisecond', {}, { acceptedAtMs: 1_000 }],
  ])('%s is counted', (_name, first, second) => {
    const requests = [requestOf({ ...SECOND, ...second }), requestOf(first)];
    expect(auditProvider(requests, []).provider.acceptedTwice).toBe(1);
    expect(auditProvider(requests, []).doubles).toEqual([['r1', 'r2']]);
  });

  test('after a told failure is allowed', () => {
    const requests = [requestOf(FAILED), requestOf({ ...SECOND, acceptedAtMs: 2_100 })];
    expect(auditProvider(requests, []).provider.acceptedTwice).toBe(0);
  });

  test('counts every pair of three', () => {
    const requests = [1, 2, 3].map((n) => requestOf({ requestId: `r${n}`, sequence: n }));
    expect(auditProvider(requests, []).provider.acceptedTwice).toBe(3);
  });

  test('is not seen between different jobs', () => {
    expect(auditProvider([requestOf(), requestOf({ ...SECOND, job: 'job_2' })], []).provider.acceptedTwice).toBe(0);
  });

  test('does not hide behind a missing job tag', () => {
    expect(auditProvider([requestOf({ job: null })], []).withoutJob).toEqual(['r1']);
  });
});

describe('reconciling', () => {
  const mismatchesOf = (request: Partial<ProviderRequest>, attempt: Partial<AuditedAttempt>) =>
    auditProvider([requestOf(request)], [attemptOf(attempt)]).mismatches;

  test('a charge equal to the bill is right', () => {
    expect(mismatchesOf({}, {})).toEqual([]);
  });

  test.each([
    ['one nano-dollar too much', BILL + 1n],
    ['one nano-dollar too little', BILL - 1n],
    ['nothing at all', null],
  ])('%s is found', (_name, chargedNanoUsd) => {
    expect(mismatchesOf({}, { chargedNanoUsd })).toMatchObject([{ kind: 'charge_differs', billedNanoUsd: BILL }]);
  });

  test('a failed run is compared as well', () => {
    const failed = { state: 'failed', jobStatus: 'failed' } as const;
    expect(mismatchesOf(FAILED, { ...failed, chargedNanoUsd: null })).toEqual([]);
    expect(mismatchesOf(FAILED, { ...failed, chargedNanoUsd: BILL })).toMatchObject([{ kind: 'charge_differs' }]);
  });

  test('an outcome of a request that the provider does not know is found', () => {
    expect(auditProvider([], [attemptOf()]).mismatches).toEqual([
      { kind: 'not_at_provider', attemptId: 'att_1', requestId: 'r1' },
    ]);
  });

  test.each<[name: string, Partial<AuditedAttempt>]>([
    ['unknown', { state: 'unknown', jobStatus: 'active', requestId: null }],
    ['accepted and in review', { state: 'accepted', jobStatus: 'needs_review' }],
    ['accepted and given up at the deadline', { state: 'accepted', jobStatus: 'failed' }],
    ['declared lost', { state: 'lost', requestId: null }],
  ])('a bill within the reservation of an attempt that is %s is right', (_name, attempt) => {
    expect(mismatchesOf({}, { ...attempt, chargedNanoUsd: null, reservedNanoUsd: BILL })).toEqual([]);
    expect(mismatchesOf({}, { ...attempt, chargedNanoUsd: null, reservedNanoUsd: BILL - 1n })).toMatchObject([
      { kind: 'billed_above_reservation' },
    ]);
  });

  test('a bill of an attempt that was given up and charged from it is right, and one that differs is found', () => {
    const lost = { state: 'lost', jobStatus: 'failed' } as const;
    expect(mismatchesOf({}, lost)).toEqual([]);
    expect(mismatchesOf({}, { ...lost, chargedNanoUsd: BILL - 1n })).toMatchObject([{ kind: 'charge_differs' }]);
    expect(mismatchesOf({}, { ...lost, requestId: null })).toEqual([]);
  });

  test('two bills of one unknown attempt must fit into its reservation together', () => {
    const unknown = attemptOf({ state: 'unknown', requestId: null, chargedNanoUsd: null, reservedNanoUsd: BILL });
    const requests = [requestOf(), requestOf({ requestId: 'r2' })];
    expect(auditProvider(requests, [unknown]).mismatches).toMatchObject([{ kind: 'billed_above_reservation' }]);
  });

  test.each<[name: string, Partial<AuditedAttempt>]>([
    ['refused', { state: 'refused', requestId: null }],
    ['released', { state: 'released', requestId: null }],
    ['accepted and running', { state: 'accepted', jobStatus: 'active' }],
    ['settled under another request', { requestId: 'r0', chargedNanoUsd: 0n }],
  ])('a bill of an attempt that is %s is found', (_name, attempt) => {
    const kinds = mismatchesOf({}, { reservedNanoUsd: BILL, ...attempt }).map(({ kind }) => kind);
    expect(kinds).toContain('billed_unseen');
  });

  describe('another acceptance of an attempt', () => {
    const auditOrphan = (orphan: Partial<AuditedOrphan>, bill = BILL) => {
      const orphans = [{ requestId: 'r2', state: 'settled', chargedNanoUsd: BILL, ...orphan } as const];
      const requests = [requestOf(), requestOf({ ...SECOND, attempt: 'att_1', billedNanoUsd: bill })];
      return auditProvider(requests, [attemptOf({ orphans })]).mismatches;
    };

    test('charged as it was billed is right', () => {
      expect(auditOrphan({})).toEqual([]);
      expect(auditOrphan({ chargedNanoUsd: null }, 0n)).toEqual([]);
    });

    test.each<[name: string, orphan: Partial<AuditedOrphan>, kind: string]>([
      ['charged wrongly', { chargedNanoUsd: BILL - 1n }, 'charge_differs'],
      ['settled without a charge', { chargedNanoUsd: null }, 'charge_differs'],
      ['not settled', { state: 'open', chargedNanoUsd: null }, 'billed_unseen'],
      ['that the provider does not know', { requestId: 'r3' }, 'not_at_provider'],
    ])('%s is found', (_name, orphan, kind) => {
      expect(auditOrphan(orphan).map((mismatch) => mismatch.kind)).toContain(kind);
    });
  });

  test('a bill without an attempt tag is found', () => {
    const requests = [requestOf({ attempt: null })];
    expect(auditProvider(requests, []).mismatches).toMatchObject([{ kind: 'billed_unseen', attemptId: null }]);
  });

  test('an unbilled request needs no owner', () => {
    expect(auditProvider([requestOf({ ...FAILED, attempt: null })], []).mismatches).toEqual([]);
  });
});

test('unresolved attempts are counted with what they hold and what they did cost', () => {
  const attempts = [
    attemptOf({ id: 'att_1', state: 'unknown', requestId: null, reservedNanoUsd: 5n }),
    attemptOf({ id: 'att_2', state: 'accepted', jobStatus: 'needs_review', requestId: 'r2', reservedNanoUsd: 7n }),
    attemptOf({ id: 'att_3', requestId: 'r3' }),
  ];
  const requests = [requestOf({ billedNanoUsd: 4n }), requestOf({ ...SECOND, billedNanoUsd: 0n })];
  const { unresolved } = auditProvider(requests, attempts);
  expect(unresolved).toEqual({ attempts: 2, reservedNanoUsd: 12n, providerBilledNanoUsd: 4n });
});

test("a line of the simulator's ledger is read whole", () => {
  const line = {
    sequence: 3,
    request_id: 'r1',
    accepted_at: '2026-01-01T00:00:01.000Z',
    started_at: '2026-01-01T00:00:02.000Z',
    finished_at: '2026-01-01T00:00:03.000Z',
    told_at: null,
    tags: { job: 'job_1', attempt: 'att_1' },
    billed_nano_usd: 152_500_000,
    http_status: 200,
  };
  expect(providerRequestFrom(line)).toMatchObject({
    ...{ job: 'job_1', attempt: 'att_1', sequence: 3, toldAtMs: null, billedNanoUsd: BILL },
    acceptedAtMs: Date.UTC(2026, 0, 1, 0, 0, 1),
    finishedAtMs: Date.UTC(2026, 0, 1, 0, 0, 3),
  });
});

describe('slot utilisation', () => {
  test('two of two slots busy all the time is 1', () => {
    const both = [requestOf(), requestOf(SECOND)];
    expect(slotUtilisation(both, 2)).toBe(1);
  });

  test('waiting in the queue is not busy', () => {
    expect(slotUtilisation([requestOf({ startedAtMs: 1_500 })], 1)).toBe(0.5);
  });

  test('nothing finished is 0', () => {
    expect(slotUtilisation([requestOf({ finishedAtMs: null })], 1)).toBe(0);
    expect(slotUtilisation([], 40)).toBe(0);
  });
});
