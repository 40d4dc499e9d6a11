-- The unknown state, whole: what is known of it, how long it is looked for, and what a second acceptance costs.

-- AlterTable
ALTER TABLE "attempts"
    ADD COLUMN "unknown_at" TIMESTAMPTZ(3),
    ADD COLUMN "looked_at" TIMESTAMPTZ(3),
    ADD COLUMN "misreads" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "empty_looks" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "claimed_request_id" TEXT,
    ADD COLUMN "lost_by" TEXT;

-- AlterTable
ALTER TABLE "jobs" ADD COLUMN "review_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "batches" ADD COLUMN "unknown_budget_nano_usd" BIGINT;

-- AlterTable
ALTER TABLE "orphan_acceptances"
    ADD COLUMN "state" TEXT NOT NULL DEFAULT 'open',
    ADD COLUMN "next_check_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    ADD COLUMN "checks" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "cancel_asked_at" TIMESTAMPTZ(3),
    ADD COLUMN "outcome" TEXT,
    ADD COLUMN "used" BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN "http_status" INTEGER,
    ADD COLUMN "billable_units" TEXT,
    ADD COLUMN "settled_at" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "ledger_entries" ADD COLUMN "request_id" TEXT;

-- CreateIndex
CREATE INDEX "orphan_acceptances_attempt_id_idx" ON "orphan_acceptances"("attempt_id");

-- Closed sets of words.
ALTER TABLE attempts ADD CONSTRAINT attempts_lost_by_known CHECK (lost_by IN ('rule', 'person'));
ALTER TABLE batches ADD CONSTRAINT batches_unknown_budget_not_negative CHECK (unknown_budget_nano_usd >= 0);
ALTER TABLE orphan_acceptances ADD CONSTRAINT orphan_acceptances_state_known CHECK (state IN ('open', 'settled'));
ALTER TABLE orphan_acceptances ADD CONSTRAINT orphan_acceptances_outcome_known CHECK (outcome IN ('succeeded', 'failed', 'lost'));
ALTER TABLE orphan_acceptances ADD CONSTRAINT orphan_acceptances_settled_has_outcome CHECK ((state = 'settled') = (outcome IS NOT NULL));
ALTER TABLE ledger_entries DROP CONSTRAINT ledger_entries_kind_known;
ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_kind_known CHECK (kind IN ('reserve', 'release', 'charge', 'orphan_charge'));
ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_orphan_charge_has_request CHECK (kind <> 'orphan_charge' OR request_id IS NOT NULL);

-- One entry of a kind per attempt, and one charge per orphan acceptance however many of them an attempt has.
DROP INDEX "ledger_entries_attempt_id_kind_key";
CREATE UNIQUE INDEX "ledger_entries_attempt_id_kind_request_id_key" ON "ledger_entries"("attempt_id", "kind", "request_id") NULLS NOT DISTINCT;
CREATE UNIQUE INDEX ledger_entries_one_charge_per_orphan ON ledger_entries (request_id) WHERE kind = 'orphan_charge';

-- Patrol finds what is due without reading the history.
CREATE INDEX jobs_review_due ON jobs (review_at) WHERE status = 'needs_review';
CREATE INDEX attempts_claimed_due ON attempts (next_check_at) WHERE claimed_request_id IS NOT NULL;
CREATE INDEX orphan_acceptances_due ON orphan_acceptances (next_check_at) WHERE state = 'open';

-- The rule that submits again declares an attempt of a job lost at most once, in all its runs.
CREATE UNIQUE INDEX attempts_one_lost_by_rule_per_job ON attempts (job_id) WHERE lost_by = 'rule';
CREATE INDEX attempts_lost_by_rule ON attempts (batch_id) WHERE lost_by = 'rule';

-- As before, and: the moment an attempt became unknown is stamped here, so that no statement can forget it, and is kept
-- for ever, like the word of who declared it lost.
CREATE OR REPLACE FUNCTION guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'reserved' THEN
      RAISE EXCEPTION 'attempt %: a new attempt is reserved, not %', NEW.id, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state IN ('refused', 'succeeded', 'failed', 'released') THEN
    RAISE EXCEPTION 'attempt %: its outcome (%) is final', OLD.id, OLD.state USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state <> OLD.state AND NOT attempt_may_move(OLD.state, NEW.state) THEN
    RAISE EXCEPTION 'attempt %: % cannot become %', OLD.id, OLD.state, NEW.state USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.request_id IS NOT NULL AND NEW.request_id IS DISTINCT FROM OLD.request_id THEN
    RAISE EXCEPTION 'attempt %: its request id is set once', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.reserved_nano_usd <> OLD.reserved_nano_usd OR NEW.job_id <> OLD.job_id OR NEW.n <> OLD.n OR NEW.seed <> OLD.seed THEN
    RAISE EXCEPTION 'attempt %: what was reserved for it does not change', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'unknown' THEN
    NEW.unknown_at := coalesce(OLD.unknown_at, NEW.unknown_at, now());
  END IF;
  IF (OLD.unknown_at IS NOT NULL AND NEW.unknown_at IS DISTINCT FROM OLD.unknown_at)
    OR (OLD.lost_by IS NOT NULL AND NEW.lost_by IS DISTINCT FROM OLD.lost_by) THEN
    RAISE EXCEPTION 'attempt %: when it became unknown and who declared it lost do not change', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- What was unknown or in review before counts from what is known of it, and is looked for again.
UPDATE attempts SET unknown_at = coalesce(send_deadline_at, now()), next_check_at = coalesce(next_check_at, now()) WHERE state = 'unknown';
UPDATE attempts SET lost_by = 'person' WHERE state = 'lost';
UPDATE jobs SET review_at = now() WHERE status = 'needs_review';
