/** I9: what the provider saw of our limits. Its ledger knows acceptances alone, so refused submits do not count here. */
import type { ProviderRequest } from '@reelay/local';
import type { History } from '../history.ts';
import { SETTINGS } from '../settings.ts';
import { sql } from '../sql.ts';
import { type Claim, claim, unless } from './claim.ts';

const SECOND_MS = 1_000;
/** The limiter's windows are timers of a busy machine. */
const RATE_SLACK = 1.1;
/** After a fault, whatever it held back arrives together: at most all that was in flight. */
const SURGE_MS = 5_000;

export async function checkLimits(history: History): Promise<Claim[]> {
  const rows = await sql<{ request_id: string }>(
    history.stage.db,
    'SELECT request_id FROM attempts WHERE unknown_at IS NOT NULL AND request_id IS NOT NULL',
  );
  const unknown = new Set(rows.map(({ request_id }) => request_id));
  const known = history.ledger.filter(({ requestId, attempt }) => attempt !== null && !unknown.has(requestId));
  const most = mostAtOnce(known);
  const { inFlightMax, submitsPerSecond } = SETTINGS;
  const calm = mostInASecond(history.ledger.filter(({ acceptedAtMs }) => isCalm(history, acceptedAtMs)));
  const ever = mostInASecond(history.ledger);
  return [
    claim(
      'I9',
      `never more than ${inFlightMax} requests run whose acceptance was known`,
      `${most} at most, ${history.provider.maxInProgress()} with those of unknown attempts`,
      unless(most <= inFlightMax, `${most} ran at once`),
    ),
    claim(
      'I9',
      `never more than ${submitsPerSecond} accepted in any second without a fault, nor that and what was held back in any other`,
      `${calm} and ${ever} at most`,
      [
        ...unless(calm <= submitsPerSecond * RATE_SLACK, `${calm} in a calm second`),
        ...unless(ever <= submitsPerSecond * RATE_SLACK + inFlightMax, `${ever} in a second`),
      ],
    ),
  ];
}

function isCalm({ journal, hits }: History, atMs: number): boolean {
  const isNear = (fromMs: number, toMs: number) => atMs >= fromMs - SECOND_MS && atMs <= toMs + SURGE_MS;
  return (
    !journal.entries.some((entry) => isNear(entry.atMs, entry.endedAtMs ?? entry.atMs)) &&
    !hits.some((hit) => isNear(hit.atMs, hit.atMs))
  );
}

function mostInASecond(requests: readonly ProviderRequest[]): number {
  const times = requests.map(({ acceptedAtMs }) => acceptedAtMs).sort((a, b) => a - b);
  let from = 0;
  let most = 0;
  times.forEach((time, to) => {
    while ((times[from] ?? time) <= time - SECOND_MS) from += 1;
    most = Math.max(most, to - from + 1);
  });
  return most;
}

function mostAtOnce(requests: readonly ProviderRequest[]): number {
  const changes = requests.flatMap(({ startedAtMs, finishedAtMs }) =>
    startedAtMs === null || finishedAtMs === null
      ? []
      : [
          { atMs: startedAtMs, by: 1 },
          { atMs: finishedAtMs, by: -1 },
        ],
  );
  let running = 0;
  let most = 0;
  for (const { by } of changes.sort((a, b) => a.atMs - b.atMs || a.by - b.by)) {
    running += by;
    most = Math.max(most, running);
  }
  return most;
}
