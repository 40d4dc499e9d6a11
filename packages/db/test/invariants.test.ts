import { ATTEMPT_TRANSITIONS, type AttemptState, canMoveAttempt, DIFFERENCE_REASONS } from '@reelay/core';
import { connectDb, type Db } from '@reelay/db';
import { createTestDatabase, makeBatch, type TestDatabase, uniqueId } from '@reelay/testkit';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let database: TestDatabase;
let db: Db;

beforeAll(async () => {
  database = await createTestDatabase();
  db = connectDb({ url: database.url, maxConnections: 4, applicationName: 'test' });
});
afterAll(async () => {
  await db.close();
  await database.drop();
});

const STATES = Object.keys(ATTEMPT_TRANSITIONS) as AttemptState[];

async function reservedAttempt(): Promise<{ id: string; jobId: string }> {
  const { projectId, batchId, jobIds } = await makeBatch(db, { jobs: 1 });
  const [jobId = ''] = jobIds;
  const id = await insertAttempt(jobId, 1);
  await db.prisma.$executeRaw`
    INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis)
    VALUES (${projectId}, ${batchId}, ${jobId}, ${id}, 'reserve', 80000000, 'price_rule')`;
  return { id, jobId };
}

async function insertAttempt(jobId: string, n: number, state = 'reserved'): Promise<string> {
  const id = uniqueId('attempt');
  await db.prisma.$executeRaw`
    INSERT INTO attempts (id, job_id, project_id, batch_id, lane_id, run, n, model, seed, reserved_nano_usd, price_version, state)
    SELECT ${id}, id, project_id, batch_id, lane_id, run, ${n}, model, 1, 80000000, price_version, ${state} FROM jobs WHERE id = ${jobId}`;
  return id;
}

const sql = (text: string) => db.prisma.$executeRawUnsafe(text);

/** Brings an attempt to a state by allowed moves only. */
const ROUTES: Record<AttemptState, AttemptState[]> = {
  reserved: [],
  sending: ['sending'],
  accepted: ['sending', 'accepted'],
  refused: ['sending', 'refused'],
  unknown: ['sending', 'unknown'],
  succeeded: ['sending', 'accepted', 'succeeded'],
  failed: ['sending', 'accepted', 'failed'],
  lost: ['sending', 'unknown', 'lost'],
  released: ['released'],
};

async function attemptIn(state: AttemptState): Promise<string> {
  const { id } = await reservedAttempt();
  for (const step of ROUTES[state]) await move(id, step);
  return id;
}

function move(id: string, to: AttemptState): Promise<number> {
  return sql(`UPDATE attempts SET state = '${to}', owner = 'test', send_deadline_at = now(),
    request_id = CASE '${to}' WHEN 'accepted' THEN 'req-' || id ELSE request_id END WHERE id = '${id}'`);
}

describe('the database allows exactly the transitions of the attempt protocol', () => {
  const pairs = STATES.flatMap((from) => STATES.filter((to) => to !== from).map((to) => ({ from, to })));

  it.each(pairs)('$from → $to', async ({ from, to }) => {
    const id = await attemptIn(from);

    if (canMoveAttempt(from, to)) await expect(move(id, to)).resolves.toBe(1);
    else await expect(move(id, to)).rejects.toThrow(/is final|cannot become/);
  });
});

describe('attempts', () => {
  it('of one job cannot both be live', async () => {
    const { jobId } = await reservedAttempt();

    await expect(insertAttempt(jobId, 2)).rejects.toThrow(/attempts_one_live_per_job|Unique constraint/);
  });

  it('begin reserved', async () => {
    const { jobIds } = await makeBatch(db, { jobs: 1 });

    await expect(insertAttempt(jobIds[0] ?? '', 1, 'sending')).rejects.toThrow(/a new attempt is reserved/);
  });

  it('keep their request id', async () => {
    const id = await attemptIn('accepted');

    await expect(sql(`UPDATE attempts SET request_id = 'another' WHERE id = '${id}'`)).rejects.toThrow(/set once/);
  });

  it('do not share a request id', async () => {
    const one = await attemptIn('accepted');
    const two = await attemptIn('sending');

    const steal = `UPDATE attempts SET state = 'accepted', request_id = 'req-${one}' WHERE id = '${two}'`;
    await expect(sql(steal)).rejects.toThrow(/Unique constraint|attempts_request_id_key/);
  });

  it('keep their outcome to the last column', async () => {
    const id = await attemptIn('succeeded');

    await expect(sql(`UPDATE attempts SET http_status = 500 WHERE id = '${id}'`)).rejects.toThrow(/is final/);
  });

  it('know when they became unknown, whoever made them so, and never forget it', async () => {
    const id = await attemptIn('unknown');
    const read = () => db.prisma.attempt.findUniqueOrThrow({ where: { id } });
    const { unknown_at } = await read();
    expect(unknown_at).not.toBeNull();

    await expect(sql(`UPDATE attempts SET unknown_at = NULL, state = 'lost' WHERE id = '${id}'`)).rejects.toThrow(
      /do not change/,
    );
    await move(id, 'accepted');
    expect(await read()).toMatchObject({ unknown_at });
  });

  it('are declared lost by rule once per job, and by whom is not changed', async () => {
    const id = await attemptIn('unknown');
    await sql(`UPDATE attempts SET state = 'lost', lost_by = 'rule' WHERE id = '${id}'`);
    await expect(sql(`UPDATE attempts SET lost_by = 'person' WHERE id = '${id}'`)).rejects.toThrow(/do not change/);

    const { job_id } = await db.prisma.attempt.findUniqueOrThrow({ where: { id } });
    const second = await insertAttempt(job_id, 2);
    await move(second, 'sending');
    await move(second, 'unknown');
    const again = `UPDATE attempts SET state = 'lost', lost_by = 'rule' WHERE id = '${second}'`;
    await expect(sql(again)).rejects.toThrow(/attempts_one_lost_by_rule_per_job|Unique constraint/);
  });

  it('keep what was reserved', async () => {
    const { id } = await reservedAttempt();

    await expect(sql(`UPDATE attempts SET reserved_nano_usd = 1 WHERE id = '${id}'`)).rejects.toThrow(
      /does not change/,
    );
  });
});

describe('what an attempt has cost', () => {
  const entry = (attemptId: string, kind: string, amount: number) =>
    sql(`INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis)
      SELECT project_id, batch_id, job_id, id, '${kind}', ${amount}, 'test' FROM attempts WHERE id = '${attemptId}'`);
  const net = async (id: string) => (await db.prisma.attempt.findUniqueOrThrow({ where: { id } })).net_nano_usd;

  it('is kept beside it by whoever writes to the ledger, after its end as well, and is nothing else', async () => {
    const id = await attemptIn('failed');
    expect(await net(id)).toBeNull();
    await entry(id, 'release', 80_000_000);
    await entry(id, 'charge', 30_000_000);
    expect(await net(id)).toBe(30_000_000n);

    await expect(sql(`UPDATE attempts SET net_nano_usd = 0 WHERE id = '${id}'`)).rejects.toThrow(/ledger entries say/);
    await expect(sql(`UPDATE attempts SET net_nano_usd = NULL WHERE id = '${id}'`)).rejects.toThrow(/ledger entries/);
  });

  it('is forgiven once, and that is not taken back', async () => {
    const id = await attemptIn('failed');
    await sql(`UPDATE attempts SET waste_forgiven_at = now() WHERE id = '${id}'`);

    const takeBack = `UPDATE attempts SET waste_forgiven_at = NULL WHERE id = '${id}'`;
    await expect(sql(takeBack)).rejects.toThrow(/stays forgiven/);
    await expect(
      sql(`UPDATE attempts SET waste_forgiven_at = now(), http_status = 500 WHERE id = '${id}'`),
    ).rejects.toThrow(/is final/);
  });
});

describe('the ledger', () => {
  const entry = (attemptId: string, kind: string, amount: number) =>
    sql(`INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis)
      SELECT project_id, batch_id, job_id, id, '${kind}', ${amount}, 'test' FROM attempts WHERE id = '${attemptId}'`);

  it.each([
    'UPDATE ledger_entries SET amount_nano_usd = 0',
    'DELETE FROM ledger_entries',
    'TRUNCATE ledger_entries CASCADE',
  ])('refuses %s', async (statement) => {
    await reservedAttempt();
    await expect(sql(statement)).rejects.toThrow(/append-only/);
  });

  it('takes one charge per attempt', async () => {
    const { id } = await reservedAttempt();
    await entry(id, 'charge', 80_000_000);

    await expect(entry(id, 'charge', 80_000_000)).rejects.toThrow(/Unique constraint|ledger_entries_attempt_id_kind/);
  });

  it('takes a charge for each orphan acceptance, and one for each', async () => {
    const { id } = await reservedAttempt();
    const orphan = (requestId: string | null) =>
      sql(`INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis, request_id)
        SELECT project_id, batch_id, job_id, id, 'orphan_charge', 1, 'test', ${requestId === null ? 'NULL' : `'${requestId}'`}
        FROM attempts WHERE id = '${id}'`);
    await orphan(`${id}-one`);
    await orphan(`${id}-two`);

    await expect(orphan(`${id}-two`)).rejects.toThrow(/Unique constraint|ledger_entries/);
    await expect(orphan(null)).rejects.toThrow(/orphan_charge_has_request/);
  });

  it('releases exactly what was reserved', async () => {
    const { id } = await reservedAttempt();

    await expect(entry(id, 'release', 79_999_999)).rejects.toThrow(/releases 79999999, reserved 80000000/);
  });

  it('charges nothing that was not reserved', async () => {
    const { jobIds } = await makeBatch(db, { jobs: 1 });
    const id = await insertAttempt(jobIds[0] ?? '', 1);

    await expect(entry(id, 'charge', 1)).rejects.toThrow(/needs a reservation first/);
  });

  it.each(['charge', 'release', 'orphan_charge'])('has no negative %s', async (kind) => {
    const { id } = await reservedAttempt();

    await expect(entry(id, kind, -1)).rejects.toThrow(/amount_not_negative|releases -1/);
  });

  const adjust = (attemptId: string, digest: string | null, requestId: string | null = 'r') =>
    db.prisma.$executeRaw`
      INSERT INTO ledger_entries (project_id, batch_id, job_id, attempt_id, kind, amount_nano_usd, basis, request_id, event_digest)
      SELECT project_id, batch_id, job_id, id, 'adjust', -1, 'discount', ${requestId}, ${digest} FROM attempts WHERE id = ${attemptId}`;

  it('adjusts a charge up or down, once per event of the bill', async () => {
    const { id } = await reservedAttempt();
    await entry(id, 'charge', 80_000_000);
    await adjust(id, `${id} one`);
    await adjust(id, `${id} two`);

    await expect(adjust(id, `${id} two`)).rejects.toThrow(/Unique constraint|ledger_entries/);
    const other = await reservedAttempt();
    await entry(other.id, 'charge', 1);
    await expect(adjust(other.id, `${id} two`)).rejects.toThrow(/Unique constraint|one_per_billing_event/);
  });

  it('adjusts nothing without the event, its request and something charged', async () => {
    const { id } = await reservedAttempt();
    await expect(adjust(id, `${id} early`)).rejects.toThrow(/needs a charge first/);
    await entry(id, 'charge', 80_000_000);

    await expect(adjust(id, null)).rejects.toThrow(/adjust_has_event/);
    await expect(adjust(id, `${id} three`, null)).rejects.toThrow(/adjust_has_event/);
    const dressed = `INSERT INTO ledger_entries (project_id, job_id, attempt_id, kind, amount_nano_usd, basis, event_digest)
      SELECT project_id, job_id, id, 'release', 80000000, 'test', 'd' FROM attempts WHERE id = '${id}'`;
    await expect(sql(dressed)).rejects.toThrow(/adjust_has_event/);
  });
});

describe('bills', () => {
  const billsOf = (attemptId: string) => db.prisma.bill.findMany({ where: { attempt_id: attemptId } });

  it.each(['accepted', 'unknown', 'lost', 'succeeded', 'failed'] as const)(
    'are opened for an attempt that is %s, whoever made it so',
    async (state) => {
      const id = await attemptIn(state);
      const { request_id } = await db.prisma.attempt.findUniqueOrThrow({ where: { id } });
      expect(await billsOf(id)).toMatchObject([{ orphan: false, request_id, closed_at: null, billed_nano_usd: null }]);
    },
  );

  it.each(['reserved', 'sending', 'refused', 'released'] as const)(
    'are not opened for what cannot have been accepted: %s',
    async (state) => {
      expect(await billsOf(await attemptIn(state))).toEqual([]);
    },
  );

  it('are one of an attempt and one of each of its orphan acceptances', async () => {
    const id = await attemptIn('accepted');
    await sql(
      `INSERT INTO orphan_acceptances (request_id, attempt_id, source) VALUES ('${id}-other', '${id}', 'webhook')`,
    );
    await sql(`UPDATE orphan_acceptances SET state = 'settled', outcome = 'failed' WHERE attempt_id = '${id}'`);

    expect((await billsOf(id)).map(({ orphan, request_id }) => [orphan, request_id])).toEqual([
      [false, `req-${id}`],
      [true, `${id}-other`],
    ]);
    const second = (orphan: boolean, requestId: string) =>
      sql(
        `INSERT INTO bills (attempt_id, job_id, orphan, request_id) SELECT id, job_id, ${orphan}, '${requestId}' FROM attempts WHERE id = '${id}'`,
      );
    await expect(second(false, 'another')).rejects.toThrow(/Unique constraint|bills_one_per_attempt/);
    await expect(second(true, `${id}-other`)).rejects.toThrow(/Unique constraint|bills_request_id/);
  });

  it('take their reason from a closed set', async () => {
    const id = await attemptIn('succeeded');
    for (const reason of Object.keys(DIFFERENCE_REASONS)) {
      await sql(`UPDATE bills SET reason = '${reason}' WHERE attempt_id = '${id}'`);
    }

    const unknown = `UPDATE bills SET reason = 'because' WHERE attempt_id = '${id}'`;
    await expect(sql(unknown)).rejects.toThrow(/bills_reason_known/);
  });
});

describe('a closed job', () => {
  const closed = async () => {
    const { jobIds } = await makeBatch(db, { jobs: 1 });
    await sql(`UPDATE jobs SET status = 'failed' WHERE id = '${jobIds[0]}'`);
    return jobIds[0];
  };

  it('keeps its outcome', async () => {
    const id = await closed();
    await expect(sql(`UPDATE jobs SET status = 'succeeded', output = '{}' WHERE id = '${id}'`)).rejects.toThrow(
      /is final/,
    );
  });

  it('opens only as its next run', async () => {
    const id = await closed();
    await expect(sql(`UPDATE jobs SET status = 'queued' WHERE id = '${id}'`)).rejects.toThrow(/is final/);
    await expect(sql(`UPDATE jobs SET status = 'queued', run = run + 1 WHERE id = '${id}'`)).resolves.toBe(1);
  });

  it('does not succeed without an output', async () => {
    const { jobIds } = await makeBatch(db, { jobs: 1 });
    await expect(sql(`UPDATE jobs SET status = 'succeeded' WHERE id = '${jobIds[0]}'`)).rejects.toThrow(
      /jobs_outcome_stored/,
    );
  });
});

describe('a batch and what holds it', () => {
  const batch = async (set: string) => {
    const { batchId } = await makeBatch(db, { jobs: 1 });
    return sql(`UPDATE batches SET ${set} WHERE id = '${batchId}'`);
  };

  it.each([
    ['a pilot without a strategy', 'pilot_rows = 5'],
    ['a pilot of no rows', "pilot_rows = 0, pilot_strategy = 'first'"],
    ['a strategy that is none', "pilot_rows = 5, pilot_strategy = 'last'"],
    ['a release of no pilot', 'pilot_released_at = now()'],
    ['a window without a rate', 'pause_if_window = 5'],
    ['a rate above all', 'pause_if_error_rate = 1.01, pause_if_window = 5'],
    ['a rate of nothing', 'pause_if_error_rate = 0, pause_if_window = 5'],
    ['less than no waste', 'max_waste_nano_usd = -1'],
    ['a limit for confirmation below nothing', 'confirm_above_nano_usd = -1'],
  ])('never has %s', async (_, set) => {
    await expect(batch(set)).rejects.toThrow(/violates check constraint|its pilot does not change/);
  });

  it('has a lane that is its own or its pilot’s, never both', async () => {
    const { batchId } = await makeBatch(db, { jobs: 1 });

    await expect(sql(`UPDATE lanes SET pilot_of = '${batchId}' WHERE batch_id = '${batchId}'`)).rejects.toThrow(
      /lanes_one_purpose/,
    );
  });
});

describe('a request of fal', () => {
  const keep = (requestId: string, attemptId: string) =>
    sql(
      `INSERT INTO orphan_acceptances (request_id, attempt_id, source) VALUES ('${requestId}', '${attemptId}', 'webhook')`,
    );

  it('that an attempt holds is an orphan of no other one', async () => {
    const [holder, other] = [await attemptIn('accepted'), await attemptIn('accepted')];

    await expect(keep(`req-${holder}`, other)).rejects.toThrow(/another attempt holds it/);
  });

  it('that is an orphan of one attempt is held by no other one', async () => {
    const [one, other] = [await attemptIn('accepted'), await attemptIn('sending')];
    await keep(`req-${other}`, one);

    await expect(move(other, 'accepted')).rejects.toThrow(/an orphan of another attempt/);
  });
});
