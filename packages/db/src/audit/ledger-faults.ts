/**
 * Everything that must add up, as questions whose answers should be empty. Each is asked of the entries themselves, and
 * never of sums that were kept: what is compared is derived twice, in ways that do not know of each other.
 */
import type { Db, Tx } from '../client.ts';
import { Prisma } from '../generated/client.ts';

export interface LedgerFault {
  /** What does not add up: a scope, an attempt. */
  readonly subject: string;
  readonly said: string;
}

export interface LedgerQuestion {
  readonly claim: string;
  ask(tx: Tx): Promise<LedgerFault[]>;
}

/** As many as are shown; one is enough to fail. */
const SHOWN_MAX = 20;

function question(claim: string, faults: Prisma.Sql): LedgerQuestion {
  return { claim, ask: (tx) => tx.$queryRaw<LedgerFault[]>`${faults} ORDER BY 1 LIMIT ${SHOWN_MAX}` };
}

const RESERVED = Prisma.sql`
  coalesce(sum(CASE e.kind WHEN 'reserve' THEN e.amount_nano_usd WHEN 'release' THEN -e.amount_nano_usd END), 0)`;
const CHARGED = Prisma.sql`
  coalesce(sum(e.amount_nano_usd) FILTER (WHERE e.kind IN ('charge', 'orphan_charge', 'adjust')), 0)`;

/** A row holds what counts in its current window: the entries of attempts that were reserved in it. */
const BUDGETS_EQUAL_ENTRIES = Prisma.sql`
  WITH scoped AS (
    SELECT unnest(budget_scopes(a.project_id, a.api_key_id, a.batch_id)) AS scope, a.reserved_at, e.kind, e.amount_nano_usd
    FROM ledger_entries e JOIN attempts a ON a.id = e.attempt_id
    WHERE NOT EXISTS (SELECT 1 FROM ledger_unfolded u WHERE u.entry_id = e.id)
  ), sums AS (
    SELECT b.scope, b.period, ${RESERVED} AS reserved, ${CHARGED} AS charged
    FROM budgets b LEFT JOIN scoped e ON e.scope = b.scope
      AND (b.period = 'total' OR b.window_start = budget_window(b.period, e.reserved_at))
    GROUP BY b.scope, b.period
  )
  SELECT b.scope || ' ' || b.period AS subject,
         format('the budget holds %s reserved and %s charged, its entries say %s and %s (nano-dollars)',
           b.reserved_nano_usd, b.charged_nano_usd, s.reserved, s.charged) AS said
  FROM budgets b JOIN sums s USING (scope, period)
  WHERE (b.reserved_nano_usd, b.charged_nano_usd) IS DISTINCT FROM (s.reserved, s.charged)`;

const BATCHES_HAVE_THEIR_BUDGET = Prisma.sql`
  SELECT b.id AS subject, 'has no budget' AS said FROM batches b
  WHERE NOT EXISTS (SELECT 1 FROM budgets g WHERE g.scope = 'batch:' || b.id AND g.period = 'total')`;

const ATTEMPTS_HAVE_THEIR_RESERVATION = Prisma.sql`
  SELECT a.id AS subject, format('the attempt holds %s, its reserve entry says %s', a.reserved_nano_usd,
    coalesce(e.amount_nano_usd::text, 'nothing')) AS said
  FROM attempts a LEFT JOIN ledger_entries e ON e.attempt_id = a.id AND e.kind = 'reserve'
  WHERE e.amount_nano_usd IS DISTINCT FROM a.reserved_nano_usd`;

/** Which entries each state must have, may have and must not have. */
const STATES_HAVE_THEIR_ENTRIES = Prisma.sql`
  WITH money AS (
    SELECT a.id, a.state, bool_or(e.kind = 'release') AS released, bool_or(e.kind = 'charge') AS charged,
      bool_or(e.kind = 'release' AND e.basis = 'not_billed')
        AND EXISTS (SELECT 1 FROM bills i WHERE i.attempt_id = a.id AND NOT i.orphan AND i.closed_at IS NULL) AS found_late
    FROM attempts a LEFT JOIN ledger_entries e ON e.attempt_id = a.id GROUP BY a.id, a.state
  )
  SELECT id AS subject, format('%s attempt: %s, %s', state, CASE WHEN released THEN 'released' ELSE 'not released' END,
    CASE WHEN charged THEN 'charged' ELSE 'not charged' END) AS said
  FROM money
  WHERE CASE
    WHEN state IN ('reserved', 'sending') THEN released OR charged
    -- Its bill may have spoken before its outcome is known.
    WHEN state IN ('accepted', 'unknown') THEN charged AND NOT released
    WHEN state IN ('refused', 'released') THEN NOT released OR charged
    WHEN state = 'succeeded' THEN NOT released OR NOT charged
    -- Found after its reservation was given back: the charge waits for the bill.
    WHEN state = 'failed' THEN released <> charged AND NOT (released AND found_late)
    ELSE false END`;

const NOTHING_WITHOUT_AN_ATTEMPT = Prisma.sql`
  SELECT e.id::text AS subject, format('entry of job %s and project %s, whose attempt %s belongs to job %s and project %s',
    e.job_id, e.project_id, e.attempt_id, a.job_id, a.project_id) AS said
  FROM ledger_entries e LEFT JOIN attempts a ON a.id = e.attempt_id
  WHERE a.job_id IS DISTINCT FROM e.job_id OR a.project_id IS DISTINCT FROM e.project_id OR a.batch_id IS DISTINCT FROM e.batch_id`;

const ORPHANS_ARE_BOOKED_ONCE_SETTLED = Prisma.sql`
  SELECT e.request_id AS subject, 'charged, but the acceptance is not settled' AS said
  FROM ledger_entries e LEFT JOIN orphan_acceptances o ON o.request_id = e.request_id
  WHERE e.kind = 'orphan_charge' AND o.state IS DISTINCT FROM 'settled'`;

const LISTED_ARE_THERE = Prisma.sql`
  SELECT u.entry_id::text AS subject, 'waits for its seal, but the entry is gone' AS said
  FROM ledger_unsealed u WHERE NOT EXISTS (SELECT 1 FROM ledger_entries e WHERE e.id = u.entry_id)`;

/** Three ways to the same amount: the events, the bill, and what the ledger holds of the request that was billed. */
const BILLS_ARE_BOOKED = Prisma.sql`
  WITH billed AS (
    SELECT i.id, i.attempt_id, i.request_id, i.billed_nano_usd AS bill,
      (SELECT sum(v.cost_nano_usd) FROM billing_events v WHERE v.request_id = i.request_id AND v.booked_at IS NOT NULL) AS events,
      (SELECT sum(e.amount_nano_usd) FROM ledger_entries e WHERE e.attempt_id = i.attempt_id AND e.request_id = i.request_id
        AND e.kind IN ('orphan_charge', 'adjust')) AS of_request,
      (SELECT e.amount_nano_usd FROM ledger_entries e WHERE e.attempt_id = i.attempt_id AND e.kind = 'charge'
        AND NOT EXISTS (SELECT 1 FROM ledger_entries o WHERE o.attempt_id = i.attempt_id AND o.request_id = i.request_id
          AND o.kind = 'orphan_charge')
        AND (NOT i.orphan OR NOT EXISTS (SELECT 1 FROM bills w WHERE w.attempt_id = i.attempt_id AND NOT w.orphan
          AND w.request_id <> i.request_id))) AS of_attempt
    FROM bills i WHERE i.events > 0
  )
  SELECT coalesce(request_id, attempt_id) AS subject, format('its events say %s, its bill %s, its entries %s (nano-dollars)',
    coalesce(events::text, 'nothing'), coalesce(bill::text, 'nothing'), coalesce(of_request, 0) + coalesce(of_attempt, 0)) AS said
  FROM billed
  WHERE events IS DISTINCT FROM bill OR coalesce(of_request, 0) + coalesce(of_attempt, 0) <> bill`;

const UNITS_MAKE_THE_CHARGE = Prisma.sql`
  WITH by_units AS (
    SELECT e.attempt_id, e.amount_nano_usd, a.billable_units, a.unit_price_nano_usd
    FROM ledger_entries e JOIN attempts a ON a.id = e.attempt_id WHERE e.kind = 'charge' AND e.basis = 'units'
    UNION ALL
    SELECT e.attempt_id, e.amount_nano_usd, o.billable_units, o.unit_price_nano_usd
    FROM ledger_entries e JOIN orphan_acceptances o ON o.request_id = e.request_id
    WHERE e.kind = 'orphan_charge' AND e.basis = 'units'
  )
  SELECT attempt_id AS subject, format('charged %s for %s units at %s (nano-dollars)', amount_nano_usd,
    coalesce(billable_units, 'unknown'), unit_price_nano_usd) AS said
  -- Before unit prices were kept with what was charged by them, there was none.
  FROM by_units WHERE unit_price_nano_usd IS NOT NULL AND amount_nano_usd IS DISTINCT FROM
    -- Whatever was forged into the text, the question must have an answer.
    CASE WHEN billable_units ~* '^\\s*\\d+([.]\\d+)?(e[+-]?\\d{1,2})?\\s*$' THEN round(billable_units::numeric * unit_price_nano_usd) END`;

export const LEDGER_QUESTIONS: readonly LedgerQuestion[] = [
  question('every budget holds what its entries say', BUDGETS_EQUAL_ENTRIES),
  question('every batch has its budget', BATCHES_HAVE_THEIR_BUDGET),
  question('every attempt has its reservation in the ledger', ATTEMPTS_HAVE_THEIR_RESERVATION),
  question('every attempt has the entries that its state calls for', STATES_HAVE_THEIR_ENTRIES),
  question('every entry belongs to its attempt, job, batch and project', NOTHING_WITHOUT_AN_ATTEMPT),
  question('every charge for a second acceptance has its acceptance', ORPHANS_ARE_BOOKED_ONCE_SETTLED),
  question('every entry that waits for its seal is there', LISTED_ARE_THERE),
  question('every bill is the sum of its events, and what the ledger holds', BILLS_ARE_BOOKED),
  question('every charge by units is those units at their price', UNITS_MAKE_THE_CHARGE),
];

/** All questions see the same moment, also while others write. */
export function inSnapshot<T>(db: Db, work: (tx: Tx) => Promise<T>, timeoutMs: number): Promise<T> {
  return db.prisma.$transaction(
    async (tx) => {
      await tx.$executeRawUnsafe('SET TRANSACTION READ ONLY');
      return work(tx);
    },
    { isolationLevel: 'RepeatableRead', timeout: timeoutMs },
  );
}
