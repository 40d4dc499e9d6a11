import { inTransaction, readHead } from '@reelay/db';
import { auditLedger, sealLedger, settleAttempt, submitAttempt } from '@reelay/engine';
import { eventually, makeBatch } from '@reelay/testkit';
import { beforeEach, describe, expect, it } from 'vitest';
import { useEngine } from './use-engine.ts';

const engine = useEngine({ inFlightMax: 20 });

/** Breaks what the database forbids, as somebody with the owner's rights could. */
async function forge(sql: string): Promise<void> {
  await engine.context.db.pool.query(`SET session_replication_role = replica; ${sql}; RESET session_replication_role`);
}

async function faults(): Promise<string[]> {
  const { checks } = await auditLedger(engine.context);
  return checks.flatMap(({ claim, faults: found }) => found.map(({ subject, said }) => `${claim}: ${subject} ${said}`));
}

async function runJobs(count: number): Promise<void> {
  await makeBatch(engine.context.db, { jobs: count });
  const ids = await engine.reserve();
  for (const id of ids) await submitAttempt(engine.context, id);
  for (const id of ids) await eventually(async () => (await settleAttempt(engine.context, id)).kind === 'settled');
}

describe('a ledger', () => {
  beforeEach(() => runJobs(5));

  it('adds up, sealed or not, and says what is not sealed yet', async () => {
    expect(await faults()).toEqual([]);
    const before = await auditLedger(engine.context);
    expect(before.seal).toMatchObject({ blocks: 0, entries: 0, unsealed: 15 });

    expect(await sealLedger(engine.context, 4)).toBe(15);

    const { seal } = await auditLedger(engine.context);
    expect(seal).toMatchObject({ blocks: 4, entries: 15, unsealed: 0 });
    expect(seal.head).toMatch(/^[0-9a-f]{64}$/);
    expect(await faults()).toEqual([]);
  });

  it('is sealed once by many sealers at a time', async () => {
    const sealed = await Promise.all(Array.from({ length: 8 }, () => sealLedger(engine.context, 2)));

    const left = await sealLedger(engine.context);
    expect(sealed.reduce((sum, count) => sum + count, left)).toBe(15);
    expect(await faults()).toEqual([]);
  });
});

describe('the part of a ledger that is not sealed yet', () => {
  beforeEach(() => runJobs(3));

  it.each([
    ['an entry less', 'DELETE FROM ledger_entries WHERE id = 5', 'the entry is gone'],
    [
      'a charge',
      "UPDATE ledger_entries SET amount_nano_usd = amount_nano_usd - 1 WHERE kind = 'charge'",
      'units at 80000000 (nano-dollars)',
    ],
    ['the units', "UPDATE attempts SET billable_units = 'some'", 'for some units at'],
    ['a bill', 'UPDATE bills SET events = 1, billed_nano_usd = 1', 'its events say nothing, its bill 1'],
  ])('is found out by %s', async (_name, sql, said) => {
    await forge(sql);

    expect((await faults()).join('\n')).toContain(said);
  });

  it('is not sealed when an entry of it is gone, so that the audit can still say so', async () => {
    await forge('DELETE FROM ledger_entries WHERE id = 5');

    await expect(sealLedger(engine.context)).rejects.toThrow('ledger entry 5 was deleted');
    expect((await auditLedger(engine.context)).seal).toMatchObject({ blocks: 0, unsealed: 9 });
    expect(await faults()).toContain(
      'every entry that waits for its seal is there: 5 waits for its seal, but the entry is gone',
    );
  });
});

describe('a ledger that somebody tampered with', () => {
  beforeEach(async () => {
    await runJobs(5);
    await sealLedger(engine.context, 4);
  });

  it.each([
    [
      'an amount',
      "UPDATE ledger_entries SET amount_nano_usd = amount_nano_usd - 1 WHERE kind = 'charge'",
      'was changed',
    ],
    ['a word', "UPDATE ledger_entries SET basis = 'free' WHERE id = 7", 'was changed'],
    ['a time', "UPDATE ledger_entries SET created_at = created_at - interval '1 ms' WHERE id = 7", 'was changed'],
    ['an entry less', 'DELETE FROM ledger_entries WHERE id = 7', 'are left'],
    ['a block less', 'DELETE FROM ledger_blocks WHERE n = 2', 'some are missing'],
    [
      'an entry more',
      `INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis, request_id)
       SELECT project_id, batch_id, job_id, attempt_id, 'charge', 1, 'units', 'x' FROM ledger_entries WHERE id = 1`,
      'without being listed',
    ],
    ['a budget', 'UPDATE budgets SET charged_nano_usd = charged_nano_usd - 1', 'the budget holds'],
    ['a reservation', 'UPDATE attempts SET reserved_nano_usd = 1', 'its reserve entry says'],
    ['an outcome', "UPDATE attempts SET state = 'refused'", 'refused attempt'],
    ['an owner', "UPDATE ledger_entries SET job_id = 'other' WHERE id = 7", 'whose attempt'],
  ])('is found out by %s', async (_name, sql, said) => {
    await forge(sql);

    expect((await faults()).join('\n')).toContain(said);
  });

  it('is found out by a head from before when the whole chain was written anew', async () => {
    const { n, hash } = await inTransaction(engine.context.db, readHead);
    const faultsOf = async (...heads: { n: bigint; hash: string }[]) =>
      (await auditLedger(engine.context, heads)).checks.flatMap(({ faults: found }) => found.map(({ said }) => said));
    expect(await faultsOf({ n, hash })).toEqual([]);
    await forge(`UPDATE ledger_entries SET created_at = created_at - interval '1 ms' WHERE id = 7; DELETE FROM ledger_blocks;
      INSERT INTO ledger_unsealed (entry_id) SELECT id FROM ledger_entries`);
    await sealLedger(engine.context, 4);

    expect(await faults()).toEqual([]);
    expect(await faultsOf({ n, hash }, { n: n + 9n, hash })).toEqual([
      expect.stringContaining("the block's hash is"),
      'there is no such block any more',
    ]);
  });

  it('cannot be changed by any statement in the first place', async () => {
    for (const sql of ['UPDATE ledger_blocks SET hash = hash', 'DELETE FROM ledger_blocks', 'TRUNCATE ledger_blocks']) {
      await expect(engine.context.db.pool.query(sql)).rejects.toThrow('append-only');
    }
  });
});
