import {
  appendEvent,
  connectDb,
  type Db,
  inTransaction,
  numberNextEvents,
  type Tx,
  tryEventHeadLock,
} from '@reelay/db';
import { numberEvents } from '@reelay/engine';
import { createTestDatabase, makeProject, type TestDatabase, uniqueId } from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

let database: TestDatabase;
let db: Db;
let projectId: string;

beforeEach(async () => {
  database = await createTestDatabase();
  db = connectDb({ url: database.url, maxConnections: 8, applicationName: 'test' });
  projectId = await makeProject(db);
});
afterEach(async () => {
  await db.close();
  await database.drop();
});

const sql = (text: string) => db.pool.query(text);

async function tell(tx: Tx, subjectId: string, project = projectId): Promise<void> {
  const data = { about: subjectId };
  await appendEvent(tx, { id: uniqueId('event'), projectId: project, type: 'batch.paused', subjectId, data });
}

/** Whatever a sequencer can see, it numbers. */
async function numberAll(): Promise<void> {
  while ((await numberEvents({ db })) > 0);
}

/** Subjects by the numbers of their events, which are dense from 1 whenever anybody looks. */
async function log(project = projectId): Promise<string[]> {
  const rows = await db.prisma.$queryRaw<{ seq: bigint; subject_id: string }[]>`
    SELECT seq, subject_id FROM events WHERE project_id = ${project} AND seq IS NOT NULL ORDER BY seq`;
  expect(rows.map(({ seq }) => Number(seq))).toEqual(rows.map((_, index) => index + 1));
  return rows.map(({ subject_id }) => subject_id);
}

/** What a sequencer does, in a transaction that is left to the test. */
async function numberIn(tx: Tx): Promise<number> {
  expect(await tryEventHeadLock(tx, projectId)).toBe(true);
  return numberNextEvents(tx, projectId, 10);
}

describe('events are numbered', () => {
  it('densely from 1 in each project, in the order of writing', async () => {
    const other = await makeProject(db);
    await tell(db.prisma, 'a');
    await tell(db.prisma, 'x', other);
    await tell(db.prisma, 'b');
    expect(await log()).toEqual([]);

    expect(await numberEvents({ db })).toBe(3);
    await tell(db.prisma, 'c');
    expect(await numberEvents({ db })).toBe(1);

    expect(await log()).toEqual(['a', 'b', 'c']);
    expect(await log(other)).toEqual(['x']);
    expect(await numberEvents({ db })).toBe(0);
  });

  it('all of them, however few a transaction takes', async () => {
    for (const subject of ['a', 'b', 'c', 'd', 'e']) await tell(db.prisma, subject);

    expect(await numberEvents({ db }, 2)).toBe(5);

    expect(await log()).toEqual(['a', 'b', 'c', 'd', 'e']);
  });

  it('when they are committed: one that stays open holds up none, and gets a later number', async () => {
    await inTransaction(db, async (slow) => {
      await tell(slow, 'slow');
      await tell(db.prisma, 'quick');

      expect(await numberEvents({ db })).toBe(1);
      expect(await log()).toEqual(['quick']);
    });

    await numberAll();
    expect(await log()).toEqual(['quick', 'slow']);
  });

  it('without a gap where a transaction was rolled back', async () => {
    await tell(db.prisma, 'a');
    const rolledBack = inTransaction(db, async (tx) => {
      await tell(tx, 'never');
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
    await tell(db.prisma, 'b');

    await numberAll();

    expect(await log()).toEqual(['a', 'b']);
  });

  it('without a gap where a sequencer died before its commit', async () => {
    await tell(db.prisma, 'a');
    await tell(db.prisma, 'b');
    const died = inTransaction(db, async (tx) => {
      expect(await numberIn(tx)).toBe(2);
      throw new Error('died');
    });
    await expect(died).rejects.toThrow('died');
    expect(await log()).toEqual([]);

    await numberAll();

    expect(await log()).toEqual(['a', 'b']);
  });

  it('by one sequencer at a time, for which neither another nor a writer waits', async () => {
    await tell(db.prisma, 'a');
    await inTransaction(db, async (tx) => {
      expect(await numberIn(tx)).toBe(1);

      await tell(db.prisma, 'b');
      expect(await numberEvents({ db })).toBe(0);
      expect(await log()).toEqual([]);
    });

    expect(await numberEvents({ db })).toBe(1);
    expect(await log()).toEqual(['a', 'b']);
  });

  it('once, each subject’s in the order of its commits, by many sequencers beside many writers', async () => {
    const writers = ['k', 'l', 'm', 'n'];
    let writing = true;
    const sequence = async () => {
      while (writing) await numberEvents({ db }, 3);
    };
    const sequencing = Promise.all([sequence(), sequence(), sequence()]);
    try {
      await Promise.all(writers.map((writer) => writeTen(writer)));
    } finally {
      writing = false;
      await sequencing;
    }
    await numberAll();

    const told = await log();
    expect(told).toHaveLength(40);
    for (const writer of writers) {
      const own = told.filter((subject) => subject.startsWith(writer));
      expect(own).toEqual(Array.from({ length: 10 }, (_, n) => `${writer}${n}`));
    }
  });
});

/** Every other one is followed by one that is never committed. */
async function writeTen(writer: string): Promise<void> {
  for (let n = 0; n < 10; n++) {
    await inTransaction(db, (tx) => tell(tx, `${writer}${n}`));
    if (n % 2 === 0) continue;
    const rolledBack = inTransaction(db, async (tx) => {
      await tell(tx, `${writer} never`);
      throw new Error('rolled back');
    });
    await expect(rolledBack).rejects.toThrow('rolled back');
  }
}

describe('an event', () => {
  it('is told in bytes that are put together once, with the moment of its row', async () => {
    await tell(db.prisma, 'a "b" ü');

    const { id, body, created_at } = await db.prisma.event.findFirstOrThrow();

    expect(body).toBe(
      `{"id":"${id}","type":"batch.paused","timestamp":"${created_at.toISOString()}","project_id":"${projectId}","data":{"about":"a \\"b\\" ü"}}`,
    );
  });

  it.each([
    "UPDATE events SET body = '{}'",
    'UPDATE events SET seq = NULL',
    'UPDATE events SET seq = seq + 1',
    'DELETE FROM events',
    'TRUNCATE events CASCADE',
  ])('that has its number is refused %s', async (change) => {
    await tell(db.prisma, 'a');
    await numberAll();

    await expect(sql(change)).rejects.toThrow('append-only');
  });

  it.each(["UPDATE events SET seq = 1, body = '{}'", "UPDATE events SET type = 'other'", 'DELETE FROM events'])(
    'that waits for its number is refused %s',
    async (change) => {
      await tell(db.prisma, 'a');

      await expect(sql(change)).rejects.toThrow('append-only');
    },
  );

  it('is not written with a number, nor given one that another has', async () => {
    await tell(db.prisma, 'a');
    await numberAll();
    const forged = `INSERT INTO events (id, project_id, type, subject_id, body, seq) VALUES ('e', '${projectId}', 't', 's', '{}', 2)`;
    await expect(sql(forged)).rejects.toThrow('a new event has no number');

    await tell(db.prisma, 'b');
    await expect(sql('UPDATE events SET seq = 1 WHERE seq IS NULL')).rejects.toThrow('events_project_id_seq_key');
    await expect(sql('UPDATE event_heads SET last_seq = 0')).rejects.toThrow('numbered up to 1 already');
  });
});
