/** The drill in numbers: what the report prints and `--json` writes. */
import { holds } from './checks/claim.ts';
import { countKinds } from './checks/count-kinds.ts';
import { measureRecovery, type Recovery } from './checks/recovery.ts';
import { countUnknown, readUnknown, type UnknownFigures } from './checks/unknowns.ts';
import type { Verdict } from './run-drill.ts';
import { sql } from './sql.ts';

export interface Figures {
  readonly seed: number;
  readonly minutes: number;
  readonly backend: string;
  readonly wallSeconds: number;
  readonly jobs: number;
  readonly accepted: number;
  readonly kills: Readonly<Record<string, number>>;
  readonly starts: Readonly<Record<string, number>>;
  readonly faults: Readonly<Record<string, number>>;
  readonly failpointHits: number;
  readonly steps: string;
  readonly unknowns: UnknownFigures;
  readonly orphans: number;
  readonly recovery: readonly Recovery[];
  readonly passed: number;
  readonly failed: number;
}

export async function readFigures({ history, claims }: Verdict, wallMs: number): Promise<Figures> {
  const { options, stage, journal, hits, steering, ledger } = history;
  const [{ jobs = 0, orphans = 0 } = {}] = await sql<{ jobs: number; orphans: number }>(
    stage.db,
    'SELECT (SELECT count(*) FROM jobs)::int AS jobs, (SELECT count(*) FROM orphan_acceptances)::int AS orphans',
  );
  const passed = claims.filter(holds).length;
  return {
    ...{ seed: options.seed, minutes: options.minutes, backend: options.backend, jobs, orphans },
    wallSeconds: Math.round(wallMs / 1_000),
    accepted: ledger.length,
    kills: countKills(history),
    starts: Object.fromEntries([...stage.workers, ...stage.apis].map(({ name, starts }) => [name, starts])),
    faults: tally(journal.entries.map(({ kind }) => kind)),
    failpointHits: hits.length,
    steps: countKinds(steering.answers),
    unknowns: countUnknown(history, await readUnknown(history)),
    recovery: await measureRecovery(history),
    passed,
    failed: claims.length - passed,
  };
}

/** kill -9 by whom it hit, from outside and by failpoints. */
function countKills({ journal, hits }: Verdict['history']): Record<string, number> {
  const outside = journal.entries.flatMap(({ kind, target }) => {
    if (!kind.endsWith('.kill')) return [];
    return kind === 'workers.kill' ? ['worker 1', 'worker 2'] : [target];
  });
  const inside = hits.filter(({ action }) => action === 'kill').map(({ process }) => process.replace('-', ' '));
  return tally([...outside, ...inside].sort());
}

function tally(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1;
  return counts;
}
