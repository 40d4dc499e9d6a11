import {
  type Context,
  cancelBatch,
  type FailpointName,
  importRows,
  patrol,
  receiveUpload,
  sweepUploads,
} from '@reelay/engine';
import { eventually } from '@reelay/testkit';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { accountOf, FailpointHit, goodCsv, type Intake, openIntake, TERMS, VIDEO } from './intake-fixture.ts';

let intake: Intake;
beforeEach(async () => {
  intake = await openIntake();
});
afterEach(() => intake.close());

/** 4,500 rows make five checkpoints; every thousandth is bad and one custom_id comes twice. */
function mixedCsv(): { file: string; jobs: number; rejected: number } {
  const lines = goodCsv(4_500).trimEnd().split('\n');
  for (const n of [1_000, 2_000, 3_000, 4_000]) lines[n] = `bad${n},${VIDEO},,32,480p`;
  lines[4_400] = `r7,${VIDEO},again,32,480p`;
  return { file: `${lines.join('\n')}\n`, jobs: 4_495, rejected: 5 };
}

async function expectWholeFile(batchId: string, whole: { jobs: number; rejected: number }) {
  const { state, jobs, rejected } = await accountOf(intake.context, batchId);
  expect(state).toBe('in_progress');
  expect([jobs.length, rejected.length]).toEqual([whole.jobs, whole.rejected]);
  const rowNos = [...jobs, ...rejected].map(({ rowNo }) => rowNo).sort((a, b) => a - b);
  expect(rowNos).toEqual(Array.from({ length: 4_500 }, (_, i) => i + 1));
}

it('a reader that wakes up after another has read the whole file stops, without an error', async () => {
  const { file, ...whole } = mixedCsv();
  const { batchId, uploadId } = await intake.accept(file);
  const overtaken: Context = {
    ...intake.context,
    failpoint: async (name) => {
      if (name !== 'import.claimed') return;
      await intake.context.db.prisma.upload.update({ where: { id: uploadId }, data: { claimed_until: null } });
      await importRows(intake.context, uploadId);
    },
  };

  await expect(importRows(overtaken, uploadId)).resolves.toEqual({ kind: 'stopped' });

  await expectWholeFile(batchId, whole);
});

describe('an import that dies', () => {
  it.each([
    'import.claimed',
    'import.before_checkpoint',
    'import.in_checkpoint',
    'import.after_checkpoint',
    'import.before_finish',
    'import.finished',
  ])('at %s is finished by the next run, with every row accounted for once', async (name) => {
    const { file, ...whole } = mixedCsv();
    const { batchId, uploadId } = await intake.accept(file);
    intake.failAt.add(name);

    await expect(importRows(intake.context, uploadId)).rejects.toThrow(FailpointHit);
    await importRows(intake.context, uploadId);

    await expectWholeFile(batchId, whole);
  });

  it('at every checkpoint in turn still ends with every row accounted for once', async () => {
    const { file, ...whole } = mixedCsv();
    const { batchId, uploadId } = await intake.accept(file);
    let deaths = 0;

    for (const name of [
      'import.after_checkpoint',
      'import.in_checkpoint',
      'import.after_checkpoint',
      'import.before_finish',
    ]) {
      intake.failAt.add(name);
      await expect(importRows(intake.context, uploadId)).rejects.toThrow(FailpointHit);
      deaths += 1;
    }
    await importRows(intake.context, uploadId);

    expect(deaths).toBe(4);
    await expectWholeFile(batchId, whole);
  });

  it('without a word is taken over when its lease has lapsed, and not before', async () => {
    const { uploadId, batchId } = await intake.accept(goodCsv(10));
    await intake.context.db.prisma
      .$executeRaw`UPDATE uploads SET claimed_until = now() + interval '1 minute' WHERE id = ${uploadId}`;

    expect(await importRows(intake.context, uploadId)).toEqual({ kind: 'not_claimed' });
    await intake.context.db.prisma.$executeRaw`UPDATE uploads SET claimed_until = now() WHERE id = ${uploadId}`;
    expect(await importRows(intake.context, uploadId)).toEqual({ kind: 'imported', jobs: 10, rejected: 0 });

    expect((await accountOf(intake.context, batchId)).state).toBe('in_progress');
  });

  it.each(['import.failed', 'import.jobs_deleted'])(
    'while it clears a failed batch away, at %s, leaves the rest to the next run',
    async (name) => {
      const { batchId, uploadId } = await intake.accept(`${goodCsv(4_500)}x,"never closed`);
      intake.failAt.add(name);

      await expect(importRows(intake.context, uploadId)).rejects.toThrow(FailpointHit);
      await importRows(intake.context, uploadId);

      const { state, problem, jobs } = await accountOf(intake.context, batchId);
      expect({ state, code: problem?.code, jobs }).toEqual({ state: 'failed', code: 'unclosed_quote', jobs: [] });
    },
  );
});

describe('an import that runs', () => {
  it('twice at once stores every row once', async () => {
    const { file, ...whole } = mixedCsv();
    const { batchId, uploadId } = await intake.accept(file);

    const reports = await Promise.all([1, 2, 3].map(() => importRows(intake.context, uploadId)));

    expect(reports.filter(({ kind }) => kind === 'imported')).toHaveLength(1);
    await expectWholeFile(batchId, whole);
  });

  it('beside one that took its lease for lapsed stores every row once', async () => {
    const { file, ...whole } = mixedCsv();
    const { batchId, uploadId } = await intake.accept(file);
    const takeOver = async () => {
      await intake.context.db.prisma.$executeRaw`UPDATE uploads SET claimed_until = NULL WHERE id = ${uploadId}`;
      return importRows(intake.context, uploadId);
    };
    const others: unknown[] = [];
    const slow = {
      ...intake.context,
      failpoint: async (name: FailpointName) => {
        if (name === 'import.after_checkpoint' && others.length === 0) others.push(await takeOver());
      },
    };

    const first = await importRows(slow, uploadId);

    expect(first).toEqual({ kind: 'stopped' });
    expect(others).toMatchObject([{ kind: 'imported' }]);
    await expectWholeFile(batchId, whole);
  });

  it('again after its end does nothing', async () => {
    const { uploadId } = await intake.import(goodCsv(3));

    expect(await importRows(intake.context, uploadId)).toEqual({ kind: 'not_claimed' });
  });

  it('stops quietly when its batch is cancelled, and adds nothing more', async () => {
    const { batchId, uploadId } = await intake.accept(goodCsv(4_500));
    const cancelling = {
      ...intake.context,
      failpoint: async (name: FailpointName) => {
        if (name !== 'import.after_checkpoint') return;
        await intake.context.db.prisma.$executeRaw`UPDATE batches SET state = 'cancelled' WHERE id = ${batchId}`;
      },
    };

    expect(await importRows(cancelling, uploadId)).toEqual({ kind: 'stopped' });

    const { state, jobs } = await accountOf(intake.context, batchId);
    expect({ state, jobs: jobs.length }).toEqual({ state: 'cancelled', jobs: 1_000 });
    expect(await importRows(intake.context, uploadId)).toEqual({ kind: 'not_claimed' });
    expect(await intake.context.db.prisma.importChunk.count()).toBe(0);
  });
});

describe('a cancel that comes while rows are being stored', () => {
  it('waits for them and leaves none of them queued', async () => {
    const { projectId } = intake;
    const { prisma } = intake.context.db;
    const { batchId, uploadId } = await intake.accept(goodCsv(1_500));
    let cancelling: Promise<unknown> | null = null;
    let isOver = false;
    const cancelled: Context = {
      ...intake.context,
      failpoint: async (name) => {
        if (name !== 'import.in_checkpoint' || cancelling !== null) return;
        cancelling = cancelBatch(intake.context, { projectId, batchId, mode: 'drain' }).finally(() => {
          isOver = true;
        });
        const waits = async () => {
          const [row] = await prisma.$queryRaw<{ count: number }[]>`
            SELECT count(*)::int AS count FROM pg_locks
            WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
               OR NOT granted AND locktype = 'transactionid'`;
          return isOver || (row?.count ?? 0) > 0;
        };
        await eventually(waits);
      },
    };

    await importRows(cancelled, uploadId);
    await cancelling;
    await patrol(intake.context);

    const { state } = await accountOf(intake.context, batchId);
    expect({ state, open: await prisma.job.count({ where: { status: 'queued' } }) }).toEqual({
      state: 'cancelled',
      open: 0,
    });
  });
});

describe('an upload that is left unfinished', () => {
  const nothingLeft = async () => {
    const { prisma } = intake.context.db;
    expect([await prisma.upload.count(), await prisma.importChunk.count(), await prisma.batch.count()]).toEqual([
      0, 0, 0,
    ]);
  };

  it('because its client went away leaves nothing behind', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(goodCsv(20_000));
      throw new Error('socket hang up');
    }
    const { projectId } = intake;
    const request = { projectId, format: 'csv' as const, options: TERMS, source: broken() };

    await expect(receiveUpload(intake.context, request)).rejects.toThrow('socket hang up');

    await nothingLeft();
  });

  it('because its door discarded it leaves nothing behind', async () => {
    async function* source(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(goodCsv(3));
    }
    const { projectId } = intake;
    const beforeCommit = async () => 'discard' as const;

    const report = await receiveUpload(intake.context, {
      projectId,
      format: 'csv',
      options: TERMS,
      source: source(),
      beforeCommit,
    });

    expect(report.kind).toBe('discarded');
    await nothingLeft();
    expect(intake.context.tasks.take('import')).toEqual([]);
  });

  it('by a process that died is swept after an hour without a byte, and not while bytes arrive', async () => {
    intake.failAt.add('upload.chunk_stored');
    const dying = { ...intake.context, db: { ...intake.context.db } };
    await expect(intake.send(goodCsv(10))).rejects.toThrow(FailpointHit);
    await nothingLeft();
    await dying.db.prisma.upload.create({
      data: {
        id: 'upl_left',
        project_id: intake.projectId,
        format: 'csv',
        options: {},
        chunks: { create: { n: 0, bytes: Buffer.from('x') } },
      },
    });

    expect(await sweepUploads(intake.context)).toBe(0);
    await dying.db.prisma.$executeRaw`UPDATE uploads SET touched_at = now() - interval '61 minutes'`;
    expect(await sweepUploads(intake.context)).toBe(1);

    await nothingLeft();
  });
});
