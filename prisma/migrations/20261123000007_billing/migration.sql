-- Billing: fal's own bill is read, each of its events booked once against what was charged, and what it says of prices and
-- of the account's balance is kept.

-- AlterTable
ALTER TABLE "provider_accounts"
    ADD COLUMN "billing_read_until" TIMESTAMPTZ(3),
    ADD COLUMN "balance_nano_usd" BIGINT,
    ADD COLUMN "balance_at" TIMESTAMPTZ(3),
    ADD COLUMN "balance_unknown_since" TIMESTAMPTZ(3),
    ADD COLUMN "balance_low_since" TIMESTAMPTZ(3),
    ADD COLUMN "balance_rows" INTEGER;

-- AlterTable
ALTER TABLE "attempts" ADD COLUMN "unit_price_nano_usd" BIGINT;
ALTER TABLE "orphan_acceptances" ADD COLUMN "unit_price_nano_usd" BIGINT;

-- AlterTable
ALTER TABLE "ledger_entries" ADD COLUMN "event_digest" TEXT;

-- CreateTable
CREATE TABLE "bills" (
    "id" BIGSERIAL NOT NULL,
    "attempt_id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "batch_id" TEXT,
    "orphan" BOOLEAN NOT NULL DEFAULT false,
    "request_id" TEXT,
    "opened_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "next_look_at" TIMESTAMPTZ(3),
    "looks" INTEGER NOT NULL DEFAULT 0,
    "events" INTEGER NOT NULL DEFAULT 0,
    "billed_nano_usd" BIGINT,
    "reason" TEXT,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "bills_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "billing_events" (
    "digest" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "endpoint_id" TEXT NOT NULL,
    "occurred_at" TIMESTAMPTZ(3) NOT NULL,
    "output_units" TEXT,
    "unit_price" TEXT,
    "percent_discount" TEXT,
    "cost_nano_usd" BIGINT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "next_try_at" TIMESTAMPTZ(3) DEFAULT CURRENT_TIMESTAMP,
    "tries" INTEGER NOT NULL DEFAULT 0,
    "attempt_id" TEXT,
    "orphan" BOOLEAN NOT NULL DEFAULT false,
    "booked_at" TIMESTAMPTZ(3),

    CONSTRAINT "billing_events_pkey" PRIMARY KEY ("digest")
);

-- CreateTable
CREATE TABLE "incidents" (
    "id" TEXT NOT NULL,
    "project_id" TEXT,
    "kind" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "request_id" TEXT,
    "attempt_id" TEXT,
    "message" TEXT NOT NULL,
    "detail" JSONB NOT NULL DEFAULT '{}',
    "raised_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "closed_at" TIMESTAMPTZ(3),

    CONSTRAINT "incidents_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "prices_seen" (
    "model" TEXT NOT NULL,
    "unit_price_nano_usd" BIGINT NOT NULL,
    "unit" TEXT,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "prices_seen_pkey" PRIMARY KEY ("model")
);

-- CreateIndex
CREATE UNIQUE INDEX "bills_request_id_key" ON "bills"("request_id");
CREATE INDEX "bills_job_id_idx" ON "bills"("job_id");
CREATE INDEX "bills_attempt_id_idx" ON "bills"("attempt_id");
CREATE INDEX "billing_events_request_id_idx" ON "billing_events"("request_id");
CREATE UNIQUE INDEX "incidents_kind_key_key" ON "incidents"("kind", "key");
CREATE INDEX "incidents_project_id_id_idx" ON "incidents"("project_id", "id");
DROP INDEX "ledger_entries_attempt_id_kind_request_id_key";

-- AddForeignKey
ALTER TABLE "bills" ADD CONSTRAINT "bills_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "billing_events" ADD CONSTRAINT "billing_events_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "incidents" ADD CONSTRAINT "incidents_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Of an attempt itself there is one bill, and what a batch's bills come to is read from an index alone.
CREATE UNIQUE INDEX bills_one_per_attempt ON bills (attempt_id) WHERE NOT orphan;
CREATE INDEX bills_of_batch ON bills (batch_id) INCLUDE (billed_nano_usd, closed_at);
CREATE INDEX bills_due ON bills (next_look_at) WHERE next_look_at IS NOT NULL;
CREATE INDEX billing_events_unbooked ON billing_events (next_try_at) WHERE booked_at IS NULL;

-- An entry of a kind is written once per attempt, a charge once per orphan acceptance, an adjustment once per event of
-- fal's bill.
CREATE UNIQUE INDEX "ledger_entries_attempt_id_kind_request_id_event_digest_key" ON "ledger_entries"("attempt_id", "kind", "request_id", "event_digest") NULLS NOT DISTINCT;
CREATE UNIQUE INDEX ledger_entries_one_per_billing_event ON ledger_entries (event_digest) WHERE event_digest IS NOT NULL;

-- Closed sets of words. Only an adjustment may take away from what was charged.
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_kind_known;
ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_kind_known CHECK (kind IN ('reserve', 'release', 'charge', 'orphan_charge', 'adjust'));
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_amount_not_negative;
ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_amount_not_negative CHECK (amount_nano_usd >= 0 OR kind = 'adjust');
ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_adjust_has_event CHECK ((kind = 'adjust') = (event_digest IS NOT NULL) AND (kind <> 'adjust' OR request_id IS NOT NULL));
ALTER TABLE billing_events ADD CONSTRAINT billing_events_booked_has_attempt CHECK (booked_at IS NULL OR attempt_id IS NOT NULL);
ALTER TABLE bills ADD CONSTRAINT bills_reason_known CHECK (reason IN ('discount', 'surcharge', 'lower_price', 'units', 'estimate', 'several', 'second_event', 'unexplained', 'no_event'));
ALTER TABLE bills ADD CONSTRAINT bills_closed_looks_no_more CHECK (closed_at IS NULL OR next_look_at IS NULL);
ALTER TABLE incidents ADD CONSTRAINT incidents_kind_known CHECK (kind IN ('unknown_request_billed', 'second_billing_event', 'cost_far_above_estimate', 'price_drift', 'provider_balance_low'));
ALTER TABLE prices_seen ADD CONSTRAINT prices_seen_not_negative CHECK (unit_price_nano_usd >= 0);

-- As before, and: an adjustment needs something charged to adjust.
CREATE OR REPLACE FUNCTION guard_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE held bigint;
BEGIN
  IF NEW.kind = 'reserve' THEN
    RETURN NEW;
  END IF;
  SELECT amount_nano_usd INTO held FROM ledger_entries WHERE attempt_id = NEW.attempt_id AND kind = 'reserve';
  IF held IS NULL THEN
    RAISE EXCEPTION 'attempt %: a % needs a reservation first', NEW.attempt_id, NEW.kind USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.kind = 'release' AND NEW.amount_nano_usd <> held THEN
    RAISE EXCEPTION 'attempt %: releases %, reserved %', NEW.attempt_id, NEW.amount_nano_usd, held USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.kind = 'adjust' AND NOT EXISTS (
    SELECT 1 FROM ledger_entries WHERE attempt_id = NEW.attempt_id AND kind IN ('charge', 'orphan_charge')
  ) THEN
    RAISE EXCEPTION 'attempt %: an adjust needs a charge first', NEW.attempt_id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- Whatever fal may bill has a bill that is waited for, opened here so that no statement can forget it: an attempt from the
-- moment it may have been accepted, an orphan acceptance from its end. An accepted attempt is asked about when its outcome
-- is overdue, everything else at once. Events that came before the end waited for it, and are tried again.
CREATE FUNCTION open_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = OLD.state THEN
    RETURN NEW;
  END IF;
  IF NEW.state IN ('unknown', 'accepted', 'lost') THEN
    INSERT INTO bills (attempt_id, job_id, batch_id, request_id, next_look_at)
    VALUES (NEW.id, NEW.job_id, NEW.batch_id, NEW.request_id,
      CASE NEW.state WHEN 'accepted' THEN coalesce(NEW.outcome_deadline_at, now()) ELSE now() END)
    ON CONFLICT (attempt_id) WHERE NOT orphan DO UPDATE
      SET request_id = EXCLUDED.request_id, next_look_at = EXCLUDED.next_look_at, looks = 0, opened_at = now(),
        billed_nano_usd = NULL, reason = NULL, closed_at = NULL
      WHERE bills.events = 0;
  ELSIF NEW.state IN ('succeeded', 'failed') THEN
    UPDATE bills SET next_look_at = now(), looks = 0, opened_at = now()
    WHERE attempt_id = NEW.id AND NOT orphan AND closed_at IS NULL;
    UPDATE billing_events SET next_try_at = now() WHERE request_id = NEW.request_id AND booked_at IS NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attempts_open_bill AFTER UPDATE OF state ON attempts FOR EACH ROW EXECUTE FUNCTION open_bill();

CREATE FUNCTION open_orphan_bill() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.state = 'settled' AND OLD.state <> 'settled' THEN
    INSERT INTO bills (attempt_id, job_id, batch_id, orphan, request_id, next_look_at)
    SELECT id, job_id, batch_id, true, NEW.request_id, now() FROM attempts WHERE id = NEW.attempt_id
    ON CONFLICT DO NOTHING;
    UPDATE billing_events SET next_try_at = now() WHERE request_id = NEW.request_id AND booked_at IS NULL;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER orphan_acceptances_open_bill AFTER UPDATE OF state ON orphan_acceptances FOR EACH ROW EXECUTE FUNCTION open_orphan_bill();

-- What was accepted, or may have been, before bills were read.
INSERT INTO bills (attempt_id, job_id, batch_id, request_id, opened_at, next_look_at)
SELECT id, job_id, batch_id, request_id, coalesce(finished_at, unknown_at, accepted_at, now()),
  CASE state WHEN 'accepted' THEN coalesce(outcome_deadline_at, now()) ELSE now() END
FROM attempts WHERE state IN ('unknown', 'accepted', 'lost', 'succeeded', 'failed');
INSERT INTO bills (attempt_id, job_id, batch_id, orphan, request_id, opened_at, next_look_at)
SELECT a.id, a.job_id, a.batch_id, true, o.request_id, coalesce(o.settled_at, now()), now()
FROM orphan_acceptances o JOIN attempts a ON a.id = o.attempt_id WHERE o.state = 'settled'
ON CONFLICT DO NOTHING;
