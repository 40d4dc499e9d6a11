/**
 * I14: how long nothing went on after a fault. Measured and reported, not judged: the machine has its say in it. Where the
 * next fault came first, what is known is a lower bound, and is reported as one.
 */
import { MEASURED_KINDS } from '../faults/measured-kinds.ts';
import type { History } from '../history.ts';
import type { JournalEntry } from '../journal.ts';
import { sql } from '../sql.ts';
import { figuresOf, type Span, timeToNext, type WaitFigures } from './time-to-next.ts';

export interface Recovery {
  readonly what: string;
  readonly times: number;
  readonly accepted: WaitFigures;
  readonly settled: WaitFigures;
}

/** A process that a failpoint killed is back after this. */
const RESTART_MS = 3_000;

export async function measureRecovery(history: History): Promise<Recovery[]> {
  const { db } = history.stage;
  const accepted = await readTimes(db, 'accepted_at', 'accepted_at IS NOT NULL');
  const settled = await readTimes(db, 'finished_at', "state IN ('succeeded', 'failed')");
  return [...MEASURED_KINDS].flatMap(([kind, since]) => {
    const entries = history.journal.entries.filter((entry) => entry.kind === kind && entry.endedAtMs !== null);
    if (entries.length === 0) return [];
    const waitsIn = (times: readonly number[]) =>
      entries.flatMap((entry) => {
        const fromMs = since === 'began' ? entry.atMs : (entry.endedAtMs ?? entry.atMs);
        return timeToNext(times, fromMs, othersThan(entry, history)) ?? [];
      });
    const [toAccepted, toSettled] = [figuresOf(waitsIn(accepted)), figuresOf(waitsIn(settled))];
    return [{ what: `${kind}, since it ${since}`, times: entries.length, accepted: toAccepted, settled: toSettled }];
  });
}

function othersThan(entry: JournalEntry, { journal, hits }: History): Span[] {
  return [
    ...journal.entries.filter((other) => other !== entry),
    ...hits.filter(({ action }) => action === 'kill').map(({ atMs }) => ({ atMs, endedAtMs: atMs + RESTART_MS })),
  ];
}

async function readTimes(db: History['stage']['db'], column: string, where: string): Promise<number[]> {
  const rows = await sql<{ at: number }>(
    db,
    `SELECT (extract(epoch FROM ${column}) * 1000)::double precision AS at FROM attempts WHERE ${where} ORDER BY 1`,
  );
  return rows.map(({ at }) => at);
}
