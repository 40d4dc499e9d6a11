/** The story of a seed: what happened, when, in names that are the same in every run. */
import type { Labels } from './labels.ts';
import type { Snapshot } from './store/snapshot.ts';
import type { Agenda } from './time/agenda.ts';

export interface Trace {
  readonly lines: string[];
  say(text: string): void;
}

export function createTrace(agenda: Agenda, labels: Labels, startMs: number): Trace {
  const lines: string[] = [];
  return { lines, say: (text) => void lines.push(`${clock(agenda.now() - startMs)}  ${labels.in(text)}`) };
}

function clock(passedMs: number): string {
  const pad = (value: number, digits: number) => String(Math.floor(value)).padStart(digits, '0');
  const seconds = passedMs / 1_000;
  return `${pad(seconds / 3_600, 2)}:${pad((seconds / 60) % 60, 2)}:${pad(seconds % 60, 2)}.${pad(passedMs % 1_000, 3)}`;
}

/** Names what is new, in the order of rows. */
export function nameRows(labels: Labels, state: Snapshot): void {
  for (const [i, { id }] of state.batches.entries()) labels.name(id, `batch${i + 1}`);
  for (const [i, { id }] of state.jobs.entries()) labels.name(id, `job${i + 1}`);
  for (const { id, jobId, n } of state.attempts) labels.name(id, `${labels.of(jobId)}.${n}`);
  for (const [i, { id }] of state.uploads.entries()) labels.name(id, `upload${i + 1}`);
}

/** What changed between two looks at the database, one line each. */
export function changes(labels: Labels, before: Snapshot, now: Snapshot): string[] {
  const lines: string[] = [];
  const compare = <T extends { readonly id: string }>(
    was: readonly T[],
    is: readonly T[],
    tell: (row: T) => string,
  ) => {
    const old = new Map(was.map((row) => [row.id, tell(row)]));
    for (const row of is) {
      const text = tell(row);
      const earlier = old.get(row.id);
      if (earlier !== text)
        lines.push(`  ${labels.of(row.id)}: ${earlier === undefined ? '' : `${earlier} → `}${text}`);
    }
  };
  compare(
    before.batches,
    now.batches,
    ({ state, pauses }) => `${state}${pauses.length > 0 ? ` (${pauses.join()})` : ''}`,
  );
  compare(
    before.jobs,
    now.jobs,
    ({ status, detail, run, cancelAsked }) =>
      `${status}${detail ? ` (${detail})` : ''} run ${run}${cancelAsked ? ' cancel asked' : ''}`,
  );
  compare(
    before.attempts,
    now.attempts,
    ({ state, requestId, failure }) =>
      `${state}${requestId ? ` ${requestId}` : ''}${failure ? ` ${failure.kind}` : ''}`,
  );
  if (JSON.stringify(before.account) !== JSON.stringify(now.account)) {
    const { inFlightMax, stopped, embargoUntilMs, refusalsInRow } = now.account;
    lines.push(
      `  account: ${inFlightMax} slots${stopped ? ', stopped' : ''}${embargoUntilMs ? ', embargo' : ''}, ${refusalsInRow} refusals`,
    );
  }
  for (const { id, attemptId, kind, amount } of now.ledger.slice(before.ledger.length)) {
    if (id) lines.push(`  ledger: ${kind} ${amount} for ${labels.of(attemptId)}`);
  }
  return lines;
}
