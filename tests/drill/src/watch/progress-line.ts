import type { Run } from '../run-drill.ts';
import { readOpenWork } from './open-work.ts';

export async function progressLine({ stage, plan, load, journal, failpoints, startedAtMs }: Run): Promise<string> {
  const work = await readOpenWork(stage.db).catch(() => null);
  const latest = journal.entries.at(-1);
  return [
    `${Math.round((performance.now() - startedAtMs) / 1_000)} s`,
    `${load.promised.length} of ${plan.sendings.length} sent`,
    work ? `${work.ended} jobs ended, ${work.queued} wait, ${work.active} run` : 'the database is away',
    `${journal.entries.length} of ${plan.faults.length} faults${latest ? ` (${latest.kind})` : ''}`,
    `${failpoints.neverHit().length} failpoints to hit`,
  ].join(' · ');
}
