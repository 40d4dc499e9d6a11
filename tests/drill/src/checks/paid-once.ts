/** I2 to I5: never two live attempts, nothing accepted twice, nothing charged twice, and every sum equal to the provider's. */
import { auditProvider, type Mismatch } from '@reelay/local';
import type { History } from '../history.ts';
import { offendersOf, sql } from '../sql.ts';
import { type Claim, claim, unlessEmpty } from './claim.ts';

export async function checkPaidOnce(history: History): Promise<Claim[]> {
  const audit = auditProvider(history.ledger, history.attempts);
  const { accepted, billedNanoUsd } = audit.provider;
  const { unresolved } = audit;
  const jobs = new Set(history.ledger.map(({ job }) => job)).size;
  return [
    await checkOneLive(history),
    claim(
      'I3',
      'the provider never accepted a job again before it had told how the last time failed',
      `${accepted} accepted for ${jobs} jobs`,
      audit.doubles.map(([first, second]) => `${first} and then ${second}`),
    ),
    claim('I3', 'every request that the provider accepted belongs to a job', `${accepted} accepted`, [
      ...audit.withoutJob,
      ...(await strangers(history)),
    ]),
    await checkOneCharge(history),
    claim(
      'I5',
      'what is charged is what the provider billed, to the nano-dollar; the rest is within what is held',
      `${audit.compared} outcomes compared, $${usd(billedNanoUsd)} billed; ${unresolved.attempts} unresolved hold $${usd(unresolved.reservedNanoUsd)}, billed $${usd(unresolved.providerBilledNanoUsd)}`,
      [...unlessEmpty(audit.compared, 'outcome'), ...audit.mismatches.map(showMismatch)],
    ),
    await checkSums(history),
  ];
}

function usd(nanoUsd: bigint): string {
  return (Number(nanoUsd) / 1e9).toFixed(4);
}

async function checkOneLive({ stage }: History): Promise<Claim> {
  const offenders = await offendersOf(
    stage.db,
    `SELECT concat(job_id, ' has ', count(*)) AS offender FROM attempts
     WHERE state IN ('reserved', 'sending', 'accepted', 'unknown') GROUP BY job_id HAVING count(*) > 1`,
  );
  const [{ count = 0 } = {}] = await sql<{ count: number }>(stage.db, 'SELECT count(*)::int AS count FROM attempts');
  return claim('I2', 'no job has two live attempts', `${count} attempts`, offenders);
}

/** Tagged with a job or an attempt that is not ours. */
async function strangers({ stage, ledger }: History): Promise<string[]> {
  const rows = await sql<{ id: string; job_id: string }>(stage.db, 'SELECT id, job_id FROM attempts');
  const jobOf = new Map(rows.map(({ id, job_id }) => [id, job_id]));
  return ledger
    .filter(({ attempt, job }) => attempt === null || jobOf.get(attempt) !== job)
    .map(({ requestId, attempt }) => `${requestId} of attempt ${attempt}`);
}

async function checkOneCharge({ stage, ledger }: History): Promise<Claim> {
  const charges = await sql<{ attempt_id: string; request_id: string | null; amount: bigint; count: number }>(
    stage.db,
    `SELECT e.attempt_id, a.request_id, sum(e.amount_nano_usd)::bigint AS amount, count(*)::int AS count
     FROM ledger_entries e JOIN attempts a ON a.id = e.attempt_id WHERE e.kind = 'charge' GROUP BY 1, 2`,
  );
  const billed = new Map(ledger.map(({ requestId, billedNanoUsd }) => [requestId, billedNanoUsd]));
  const offenders = charges.filter(
    ({ request_id, amount, count }) => count > 1 || (amount > 0n && (billed.get(request_id ?? '') ?? 0n) === 0n),
  );
  const orphans = await sql<{ request_id: string; amount: bigint; count: number }>(
    stage.db,
    `SELECT request_id, sum(amount_nano_usd)::bigint AS amount, count(*)::int AS count
     FROM ledger_entries WHERE kind = 'orphan_charge' GROUP BY 1`,
  );
  const orphanOffenders = orphans.filter(
    ({ request_id, amount, count }) => count > 1 || (amount > 0n && (billed.get(request_id) ?? 0n) === 0n),
  );
  return claim(
    'I4',
    'no attempt and no orphan acceptance is charged twice, and none for what the provider did not bill',
    `${charges.length} charges, ${orphans.length} of orphans`,
    [
      ...offenders.map(({ attempt_id, amount, count }) => `${attempt_id}: ${count} charges of ${amount} in all`),
      ...orphanOffenders.map(({ request_id, amount, count }) => `${request_id}: ${count} orphan charges of ${amount}`),
    ],
  );
}

function showMismatch(mismatch: Mismatch): string {
  const fields = Object.entries(mismatch).map(([name, value]) => `${name} ${value}`);
  return fields.join(', ');
}

/** The ledger against the budget rows, and against what the attempts hold. */
async function checkSums({ stage }: History): Promise<Claim> {
  const budgets = await offendersOf(
    stage.db,
    `SELECT concat(b.scope, ': budget ', b.reserved_nano_usd, ' + ', b.charged_nano_usd, ', ledger ', e.reserved, ' + ', e.charged) AS offender
     FROM budgets b CROSS JOIN LATERAL (
       SELECT coalesce(sum(CASE kind WHEN 'reserve' THEN amount_nano_usd WHEN 'release' THEN -amount_nano_usd END), 0) AS reserved,
         coalesce(sum(amount_nano_usd) FILTER (WHERE kind IN ('charge', 'orphan_charge', 'adjust')), 0) AS charged
       FROM ledger_entries l JOIN attempts a ON a.id = l.attempt_id
       WHERE b.scope IN ('deployment', 'project:' || a.project_id, 'key:' || a.api_key_id, 'batch:' || a.batch_id)
         AND (b.period = 'total' OR b.window_start = date_trunc(b.period, a.reserved_at AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')
     ) e
     WHERE (b.reserved_nano_usd, b.charged_nano_usd) IS DISTINCT FROM (e.reserved, e.charged)`,
  );
  const attempts = await offendersOf(
    stage.db,
    `SELECT concat(a.id, ' (', a.state, '): reserved ', e.reserved, ', released ', e.released, ' of ', a.reserved_nano_usd) AS offender
     FROM attempts a CROSS JOIN LATERAL (
       SELECT coalesce(sum(amount_nano_usd) FILTER (WHERE kind = 'reserve'), 0) AS reserved,
         coalesce(sum(amount_nano_usd) FILTER (WHERE kind = 'release'), 0) AS released,
         coalesce(bool_or(basis IN ('billed', 'assumed', 'not_billed')), false) AS by_bill
       FROM ledger_entries WHERE attempt_id = a.id
     ) e
     WHERE e.reserved <> a.reserved_nano_usd
       OR (a.state IN ('refused', 'released', 'succeeded') AND e.released <> a.reserved_nano_usd)
       OR (a.state IN ('reserved', 'sending', 'accepted', 'unknown') AND e.released <> 0 AND NOT e.by_bill)`,
  );
  const [{ entries = 0 } = {}] = await sql<{ entries: number }>(
    stage.db,
    'SELECT count(*)::int AS entries FROM ledger_entries',
  );
  return claim('I5', 'budgets, attempts and ledger have the same sums', `${entries} entries`, [
    ...budgets,
    ...attempts,
  ]);
}
