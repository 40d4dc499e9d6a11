import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideResubmit, type ResubmitFacts, unknownBudget } from './decide-resubmit.ts';

/** Everything that has to hold, holds. */
const READY: ResubmitFacts = {
  onUnknown: 'resubmit',
  hasListing: true,
  jobOpen: true,
  cancelRequested: false,
  batchOpen: true,
  declaredBefore: false,
  overMaxCost: false,
  senderGone: true,
  spent: true,
  emptyLooks: 2,
  accountOpen: true,
  reservedNanoUsd: 80n,
  declaredNanoUsd: 20n,
  budgetNanoUsd: 100n,
};

it('submits again when every condition holds, up to the last nano-dollar of the budget', () => {
  expect(decideResubmit(READY)).toEqual({ kind: 'resubmit' });
});

describe('each condition by itself keeps it from being submitted again:', () => {
  it.each<[string, Partial<ResubmitFacts>, ReturnType<typeof decideResubmit>]>([
    ['the batch did not ask for it', { onUnknown: 'review' }, { kind: 'review', because: 'not_asked_for' }],
    ['there is no listing to be empty', { hasListing: false }, { kind: 'review', because: 'no_listing' }],
    ['the job has closed', { jobOpen: false }, { kind: 'review', because: 'job_closed' }],
    ['the job is to be cancelled', { cancelRequested: true }, { kind: 'review', because: 'cancelled' }],
    ['the batch has closed', { batchOpen: false }, { kind: 'review', because: 'batch_closed' }],
    ['it has happened to the job before', { declaredBefore: true }, { kind: 'review', because: 'second_time' }],
    ['its max_cost has no room', { overMaxCost: true }, { kind: 'review', because: 'over_max_cost' }],
    ['the budget is short by one', { budgetNanoUsd: 99n }, { kind: 'review', because: 'over_budget' }],
    ['the budget is 0', { declaredNanoUsd: 0n, budgetNanoUsd: 0n }, { kind: 'review', because: 'over_budget' }],
    ['the sender may still be there', { senderGone: false }, { kind: 'wait', until: 'spent' }],
    ['it may still begin, run or be told', { spent: false }, { kind: 'wait', until: 'spent' }],
    ['nobody has looked since', { emptyLooks: 0 }, { kind: 'wait', until: 'looked' }],
    ['one look was empty', { emptyLooks: 1 }, { kind: 'wait', until: 'looked' }],
    ['fal does not take requests', { accountOpen: false }, { kind: 'wait', until: 'account_open' }],
  ])('%s', (_, change, decision) => {
    expect(decideResubmit({ ...READY, ...change })).toEqual(decision);
  });
});

it('never lets what was declared lost hold more than the budget', () => {
  const amounts = fc.bigInt({ min: 0n, max: 1_000n });
  fc.assert(
    fc.property(fc.array(amounts), amounts, (reservations, budgetNanoUsd) => {
      let declaredNanoUsd = 0n;
      for (const reservedNanoUsd of reservations) {
        const { kind } = decideResubmit({ ...READY, reservedNanoUsd, declaredNanoUsd, budgetNanoUsd });
        if (kind === 'resubmit') declaredNanoUsd += reservedNanoUsd;
      }
      expect(declaredNanoUsd <= budgetNanoUsd).toBe(true);
    }),
  );
});

it.each([
  [null, 1_000n, 50n],
  [null, 19n, 0n],
  [0n, 1_000n, 0n],
  [7n, 1_000n, 7n],
])('a batch that says %s of an estimate of %s may have %s at stake', (said, estimated, budget) => {
  expect(unknownBudget(said, estimated)).toBe(budget);
});
