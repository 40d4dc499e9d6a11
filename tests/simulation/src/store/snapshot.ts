/** Everything that stands in the database, read in one statement between two steps. */
import type { AttemptState, BatchState, JobStatus } from '@reelay/core';
import type pg from 'pg';

export interface JobFact {
  readonly id: string;
  readonly batchId: string | null;
  readonly status: JobStatus;
  readonly detail: string | null;
  readonly run: number;
  readonly attempts: number;
  readonly failedAttempts: number;
  readonly maxAttempts: number;
  readonly notBeforeMs: number | null;
  readonly cancelAsked: boolean;
  readonly estimate: string;
  readonly output: { readonly video?: { readonly url?: string } } | null;
  readonly error: { readonly code: string } | null;
  readonly createdAtMs: number;
  readonly finishedAtMs: number | null;
  readonly reviewAtMs: number | null;
}

export interface AttemptFact {
  readonly id: string;
  readonly jobId: string;
  readonly batchId: string | null;
  readonly run: number;
  readonly n: number;
  readonly state: AttemptState;
  readonly requestId: string | null;
  readonly reserved: string;
  readonly seed: number;
  readonly lostBy: string | null;
  readonly emptyLooks: number;
  readonly reservedAtMs: number;
  readonly sendingAtMs: number | null;
  readonly nextCheckAtMs: number | null;
  readonly slotUntilMs: number | null;
  readonly cancelAsked: boolean;
  readonly failure: { readonly kind: string } | null;
}

export interface LedgerFact {
  readonly id: number;
  readonly attemptId: string;
  readonly batchId: string | null;
  readonly kind: 'reserve' | 'release' | 'charge' | 'orphan_charge';
  readonly requestId: string | null;
  readonly amount: string;
  readonly basis: string;
}

export interface BatchFact {
  readonly id: string;
  readonly state: BatchState;
  readonly onUnknown: 'review' | 'resubmit';
  readonly pauses: readonly string[];
}

export interface Snapshot {
  readonly account: {
    readonly inFlightMax: number;
    readonly stopped: boolean;
    readonly embargoUntilMs: number | null;
    readonly embargoSetAtMs: number | null;
    readonly unclearInRow: number;
    readonly refusalsInRow: number;
  };
  readonly batches: readonly BatchFact[];
  readonly jobs: readonly JobFact[];
  readonly attempts: readonly AttemptFact[];
  readonly ledger: readonly LedgerFact[];
  readonly unfolded: number;
  readonly budgets: readonly { scope: string; limit: string | null; reserved: string; charged: string }[];
  readonly unread: readonly { attemptId: string; receivedAtMs: number }[];
  readonly orphans: readonly {
    requestId: string;
    attemptId: string;
    state: 'open' | 'settled';
    used: boolean;
    nextCheckAtMs: number;
  }[];
  readonly uploads: readonly {
    id: string;
    completedAtMs: number | null;
    parsed: boolean;
    claimedUntilMs: number | null;
  }[];
}

const list = (fields: Readonly<Record<string, string>>, from: string) => {
  const pairs = Object.entries(fields).map(([name, column]) => `'${name}', ${column}`);
  return `(SELECT coalesce(json_agg(json_build_object(${pairs.join(', ')})), '[]') FROM ${from})`;
};

const SECTIONS = {
  account: `(SELECT json_build_object('inFlightMax', in_flight_max, 'stopped', stopped_at IS NOT NULL,
    'embargoUntilMs', sim.ms(embargo_until), 'embargoSetAtMs', sim.ms(embargo_set_at),
    'unclearInRow', unclear_in_row, 'refusalsInRow', refusals_in_row) FROM provider_accounts)`,
  batches: list(
    {
      id: 'id',
      state: 'state',
      onUnknown: 'on_unknown',
      pauses: "(SELECT coalesce(json_agg(reason ORDER BY reason), '[]') FROM batch_pauses p WHERE p.batch_id = b.id)",
    },
    '(SELECT * FROM batches ORDER BY id) b',
  ),
  jobs: list(
    {
      id: 'id',
      batchId: 'batch_id',
      status: 'status',
      detail: 'status_detail',
      run: 'run',
      attempts: 'attempts',
      failedAttempts: 'failed_attempts',
      maxAttempts: 'max_attempts',
      notBeforeMs: 'sim.ms(not_before)',
      cancelAsked: 'cancel_requested_at IS NOT NULL',
      estimate: 'estimated_nano_usd::text',
      output: 'output',
      error: 'error',
      createdAtMs: 'sim.ms(created_at)',
      finishedAtMs: 'sim.ms(finished_at)',
      reviewAtMs: 'sim.ms(review_at)',
    },
    '(SELECT * FROM jobs ORDER BY created_at, row_no, id) j',
  ),
  attempts: list(
    {
      id: 'id',
      jobId: 'job_id',
      batchId: 'batch_id',
      run: 'run',
      n: 'n',
      state: 'state',
      requestId: 'request_id',
      reserved: 'reserved_nano_usd::text',
      seed: 'seed',
      lostBy: 'lost_by',
      emptyLooks: 'empty_looks',
      reservedAtMs: 'sim.ms(reserved_at)',
      sendingAtMs: 'sim.ms(sending_at)',
      nextCheckAtMs: 'sim.ms(next_check_at)',
      slotUntilMs: 'sim.ms(slot_until)',
      cancelAsked: 'cancel_asked_at IS NOT NULL',
      failure: 'failure',
    },
    '(SELECT a.* FROM attempts a JOIN jobs j ON j.id = a.job_id ORDER BY j.created_at, j.row_no, j.id, a.n) a',
  ),
  ledger: list(
    {
      id: 'id',
      attemptId: 'attempt_id',
      batchId: 'batch_id',
      kind: 'kind',
      requestId: 'request_id',
      amount: 'amount_nano_usd::text',
      basis: 'basis',
    },
    '(SELECT * FROM ledger_entries ORDER BY id) l',
  ),
  unfolded: '(SELECT count(*) FROM ledger_unfolded)',
  budgets: list(
    {
      scope: 'scope',
      limit: 'limit_nano_usd::text',
      reserved: 'reserved_nano_usd::text',
      charged: 'charged_nano_usd::text',
    },
    '(SELECT * FROM budgets ORDER BY scope) b',
  ),
  unread: list(
    { attemptId: 'attempt_id', receivedAtMs: 'sim.ms(received_at)' },
    '(SELECT * FROM webhook_inbox WHERE processed_at IS NULL ORDER BY id) w',
  ),
  orphans: list(
    {
      requestId: 'request_id',
      attemptId: 'attempt_id',
      state: 'state',
      used: 'used',
      nextCheckAtMs: 'sim.ms(next_check_at)',
    },
    '(SELECT * FROM orphan_acceptances ORDER BY request_id) o',
  ),
  uploads: list(
    {
      id: 'id',
      completedAtMs: 'sim.ms(completed_at)',
      parsed: 'parsed_at IS NOT NULL',
      claimedUntilMs: 'sim.ms(claimed_until)',
    },
    '(SELECT * FROM uploads ORDER BY id) u',
  ),
};

const STATEMENT = `SELECT json_build_object(${Object.entries(SECTIONS)
  .map(([name, section]) => `'${name}', ${section}`)
  .join(', ')}) AS everything`;

export async function takeSnapshot(control: pg.Client): Promise<Snapshot> {
  const { rows } = await control.query<{ everything: Snapshot }>({ name: 'snapshot', text: STATEMENT });
  const [row] = rows;
  if (!row) throw new Error('the snapshot is empty');
  return row.everything;
}
