/** The money as its entries tell it, added up here and not by the database. */
import { type BudgetPeriod, scopesOf } from '@reelay/core';
import type pg from 'pg';

export interface EntryFact {
  readonly id: string;
  readonly attemptId: string;
  readonly kind: string;
  readonly amount: bigint;
  readonly folded: boolean;
}

export interface AttemptFact {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly reservedAtMs: number;
  readonly live: boolean;
}

export interface BudgetFact {
  readonly scope: string;
  readonly period: BudgetPeriod;
  readonly limit: bigint | null;
  readonly reserved: bigint;
  readonly charged: bigint;
  readonly windowMs: number | null;
}

export interface LaneFact {
  readonly id: string;
  readonly scopes: readonly string[];
  readonly paused: boolean;
  readonly needed: bigint | null;
  readonly shortScope: string | null;
}

export interface MoneyFacts {
  readonly attempts: ReadonlyMap<string, AttemptFact>;
  readonly entries: readonly EntryFact[];
  readonly budgets: readonly BudgetFact[];
  /** Lanes with a job that is ready, once for each key, and what the first of its jobs needs. */
  readonly waiting: readonly LaneFact[];
  readonly inFlightMax: number;
}

const TEXT = `SELECT json_build_object(
  'attempts', (SELECT coalesce(json_agg(json_build_object('id', id, 'project_id', project_id, 'api_key_id', api_key_id,
    'batch_id', batch_id, 'at', sim.ms(reserved_at),
    'holds', state IN ('reserved', 'sending', 'accepted'))), '[]') FROM attempts),
  'entries', (SELECT coalesce(json_agg(json_build_object('id', id::text, 'attemptId', attempt_id, 'kind', kind,
    'amount', amount_nano_usd::text, 'folded', NOT EXISTS (SELECT 1 FROM ledger_unfolded u WHERE u.entry_id = e.id))), '[]') FROM ledger_entries e),
  'budgets', (SELECT json_agg(json_build_object('scope', scope, 'period', period, 'limit', limit_nano_usd::text,
    'reserved', reserved_nano_usd::text, 'charged', charged_nano_usd::text, 'windowMs', sim.ms(window_start))) FROM budgets),
  'waiting', (SELECT coalesce(json_agg(json_build_object('id', l.id, 'project_id', l.project_id, 'batch_id', l.batch_id,
    'api_key_id', head.api_key_id, 'needed', head.estimated_nano_usd::text, 'short', l.budget_scope,
    'paused', EXISTS (SELECT 1 FROM batch_pauses p WHERE p.batch_id = l.batch_id AND p.reason = 'budget'))), '[]')
    FROM lanes l CROSS JOIN LATERAL (SELECT DISTINCT ON (api_key_id) * FROM jobs j WHERE j.lane_id = l.id AND j.status = 'queued' AND j.not_before IS NULL
      ORDER BY api_key_id, priority DESC, row_no, id) head),
  'inFlightMax', (SELECT in_flight_max FROM provider_accounts)) AS facts`;

type Row = Record<string, string & number & boolean & null>;

export async function readFacts(control: pg.Client): Promise<MoneyFacts> {
  const { rows } = await control.query<{ facts: Record<string, Row[]> & { inFlightMax: number } }>({
    name: 'money',
    text: TEXT,
  });
  const facts = rows[0]?.facts;
  if (!facts) throw new Error('the database tells nothing');
  const { attempts = [], entries = [], budgets = [], waiting = [], inFlightMax } = facts;
  return {
    attempts: new Map(attempts.map((row) => [String(row.id), attemptFact(row)])),
    entries: entries.map((row) => ({ ...row, amount: BigInt(String(row.amount)) }) as unknown as EntryFact),
    budgets: budgets.map(budgetFact),
    waiting: waiting.map(laneFact),
    inFlightMax,
  };
}

const maybe = (amount: unknown) => (amount === null ? null : BigInt(String(amount)));
const owners = (row: Row) => scopesOf(row as never);

function attemptFact(row: Row): AttemptFact {
  return { id: String(row.id), scopes: owners(row), reservedAtMs: Number(row.at), live: Boolean(row.holds) };
}

function budgetFact({ scope, period, limit, reserved, charged, windowMs }: Row): BudgetFact {
  return {
    ...{ scope: String(scope), period: String(period) as BudgetPeriod, limit: maybe(limit) },
    ...{ reserved: BigInt(String(reserved)), charged: BigInt(String(charged)) },
    windowMs: windowMs === null ? null : Number(windowMs),
  };
}

function laneFact(row: Row): LaneFact {
  return {
    ...{ id: String(row.id), scopes: owners(row), paused: Boolean(row.paused), needed: maybe(row.needed) },
    shortScope: row.short === null ? null : String(row.short),
  };
}
