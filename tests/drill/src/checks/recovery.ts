/** I14: how long nothing went on after a fault. Measured and reported, not judged: the machine has its say in it. */
import type { History } from '../history.ts';
import { sql } from '../sql.ts';

export interface Recovery {
  readonly what: string;
  readonly times: number;
  /** Milliseconds, the middle one and the longest. */
  readonly accepted: readonly [number, number] | null;
  readonly settled: readonly [number, number] | null;
}

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

export async function measureRecovery({ stage, journal }: History): Promise<Recovery[]> {
  const accepted = await readTimes(stage.db, 'accepted_at', 'accepted_at IS NOT NULL');
  const settled = await readTimes(stage.db, 'finished_at', "state IN ('succeeded', 'failed')");
  return Object.entries(COUNTED).flatMap(([kind, since]) => {
    const entries = journal.entries.filter((entry) => entry.kind === kind && entry.endedAtMs !== null);
    if (entries.length === 0) return [];
    const from = entries.map(({ atMs, endedAtMs }) => (since === 'began' ? atMs : (endedAtMs ?? atMs)));
    return [
      {
        what: `${kind}, since it ${since}`,
        times: entries.length,
        accepted: middleAndMost(from.flatMap((atMs) => waitFor(accepted, atMs))),
        settled: middleAndMost(from.flatMap((atMs) => waitFor(settled, atMs))),
      },
    ];
  });
}

async function readTimes(db: History['stage']['db'], column: string, where: string): Promise<number[]> {
  const rows = await sql<{ at: number }>(
    db,
    `SELECT (extract(epoch FROM ${column}) * 1000)::double precision AS at FROM attempts WHERE ${where} ORDER BY 1`,
  );
  return rows.map(({ at }) => at);
}

function waitFor(times: readonly number[], fromMs: number): number[] {
  const next = times.find((time) => time > fromMs);
  return next === undefined ? [] : [next - fromMs];
}

function middleAndMost(waits: readonly number[]): [number, number] | null {
  const sorted = [...waits].sort((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  const most = sorted.at(-1);
  return middle === undefined || most === undefined ? null : [Math.round(middle), Math.round(most)];
}
