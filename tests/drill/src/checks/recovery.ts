/** I14: how long nothing went on after a fault. Measured and reported, not judged: the machine has its say in it. */
import type { History } from '../history.ts';
import type { JournalEntry } from '../journal.ts';
import { sql } from '../sql.ts';

export interface Recovery {
  readonly what: string;
  readonly times: number;
  /** Of how many no other fault came in between. The waits are theirs alone. */
  readonly undisturbed: number;
  /** Milliseconds, the middle one and the longest. */
  readonly accepted: readonly [number, number] | null;
  readonly settled: readonly [number, number] | null;
}

/** A process that a failpoint killed is back after this. */
const RESTART_MS = 3_000;

/** Since when something may be expected to go on: since the kill of a worker, since a store or the provider is back. */
const COUNTED: Readonly<Record<string, 'began' | 'ended'>> = {
  'worker.kill': 'began',
  'workers.kill': 'began',
  'postgres.kill': 'ended',
  'postgres.restart': 'ended',
  'postgres.freeze': 'ended',
  'redis.kill': 'ended',
  'redis.freeze': 'ended',
  'queue.flush': 'ended',
  'fal.kill': 'ended',
};

export async function measureRecovery(history: History): Promise<Recovery[]> {
  const { db } = history.stage;
  const accepted = await readTimes(db, 'accepted_at', 'accepted_at IS NOT NULL');
  const settled = await readTimes(db, 'finished_at', "state IN ('succeeded', 'failed')");
  return Object.entries(COUNTED).flatMap(([kind, since]) => {
    const entries = history.journal.entries.filter((entry) => entry.kind === kind && entry.endedAtMs !== null);
    if (entries.length === 0) return [];
    const waits = entries.flatMap((entry) => {
      const fromMs = since === 'began' ? entry.atMs : (entry.endedAtMs ?? entry.atMs);
      const wait = { toAccepted: waitFor(accepted, fromMs), toSettled: waitFor(settled, fromMs) };
      const toMs = fromMs + Math.max(wait.toAccepted, wait.toSettled);
      return isDisturbed(history, entry, [fromMs, toMs]) ? [] : [wait];
    });
    return [
      {
        what: `${kind}, since it ${since}`,
        times: entries.length,
        undisturbed: waits.length,
        accepted: middleAndMost(waits.map(({ toAccepted }) => toAccepted)),
        settled: middleAndMost(waits.map(({ toSettled }) => toSettled)),
      },
    ];
  });
}

/** Another fault was there in the meantime, or what was waited for never came. */
function isDisturbed({ journal, hits }: History, entry: JournalEntry, [fromMs, toMs]: [number, number]): boolean {
  const others = [
    ...journal.entries.filter((other) => other !== entry),
    ...hits.filter(({ action }) => action === 'kill').map(({ atMs }) => ({ atMs, endedAtMs: atMs + RESTART_MS })),
  ];
  return !Number.isFinite(toMs) || others.some(({ atMs, endedAtMs }) => atMs < toMs && (endedAtMs ?? atMs) > fromMs);
}

async function readTimes(db: History['stage']['db'], column: string, where: string): Promise<number[]> {
  const rows = await sql<{ at: number }>(
    db,
    `SELECT (extract(epoch FROM ${column}) * 1000)::double precision AS at FROM attempts WHERE ${where} ORDER BY 1`,
  );
  return rows.map(({ at }) => at);
}

function waitFor(times: readonly number[], fromMs: number): number {
  return (times.find((time) => time > fromMs) ?? Number.POSITIVE_INFINITY) - fromMs;
}

function middleAndMost(waits: readonly number[]): [number, number] | null {
  const sorted = [...waits].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  const most = sorted.at(-1);
  return middle === undefined || most === undefined ? null : [Math.round(middle), Math.round(most)];
}
