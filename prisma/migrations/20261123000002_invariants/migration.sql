-- What must hold whatever the code does. Each block names the invariant it keeps.

-- The account and its deployment-wide budget exist before anything else, so that locks always find a row.
INSERT INTO provider_accounts (id, in_flight_max) VALUES ('fal', 2);
INSERT INTO budgets (scope) VALUES ('deployment');

-- Closed sets of words.
ALTER TABLE jobs ADD CONSTRAINT jobs_status_known CHECK (status IN ('queued', 'active', 'succeeded', 'failed', 'cancelled', 'expired', 'needs_review'));
ALTER TABLE attempts ADD CONSTRAINT attempts_state_known CHECK (state IN ('reserved', 'sending', 'accepted', 'refused', 'unknown', 'succeeded', 'failed', 'lost', 'released'));
ALTER TABLE batches ADD CONSTRAINT batches_state_known CHECK (state IN ('validating', 'awaiting_confirmation', 'in_progress', 'finalizing', 'completed', 'failed', 'expired', 'cancelling', 'cancelled'));
ALTER TABLE batches ADD CONSTRAINT batches_mode_known CHECK (mode IN ('best_effort', 'strict'));
ALTER TABLE batches ADD CONSTRAINT batches_start_mode_known CHECK (start_mode IN ('auto', 'confirm'));
ALTER TABLE batches ADD CONSTRAINT batches_on_unknown_known CHECK (on_unknown IN ('review', 'resubmit'));
ALTER TABLE batches ADD CONSTRAINT batches_cancel_mode_known CHECK (cancel_mode IN ('drain', 'abort'));
ALTER TABLE batch_pauses ADD CONSTRAINT batch_pauses_reason_known CHECK (reason IN ('user', 'pilot', 'waste', 'error_rate', 'budget', 'provider_balance', 'provider_down', 'observe'));
ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_kind_known CHECK (kind IN ('reserve', 'release', 'charge'));
ALTER TABLE ledger_entries ADD CONSTRAINT ledger_entries_amount_not_negative CHECK (amount_nano_usd >= 0);
ALTER TABLE budgets ADD CONSTRAINT budgets_reserved_not_negative CHECK (reserved_nano_usd >= 0);
ALTER TABLE budgets ADD CONSTRAINT budgets_limit_not_negative CHECK (limit_nano_usd >= 0);
ALTER TABLE provider_accounts ADD CONSTRAINT provider_accounts_in_flight_positive CHECK (in_flight_max > 0);
ALTER TABLE lanes ADD CONSTRAINT lanes_weight_range CHECK (weight BETWEEN 1 AND 100);
ALTER TABLE jobs ADD CONSTRAINT jobs_priority_range CHECK (priority BETWEEN -100 AND 100);
ALTER TABLE jobs ADD CONSTRAINT jobs_estimate_within_max_cost CHECK (max_cost_nano_usd IS NULL OR estimated_nano_usd <= max_cost_nano_usd);
ALTER TABLE jobs ADD CONSTRAINT jobs_outcome_stored CHECK (status <> 'succeeded' OR output IS NOT NULL);
ALTER TABLE attempts ADD CONSTRAINT attempts_accepted_has_request CHECK (state NOT IN ('accepted', 'succeeded', 'failed') OR request_id IS NOT NULL);
ALTER TABLE attempts ADD CONSTRAINT attempts_sending_has_owner CHECK (state <> 'sending' OR (owner IS NOT NULL AND send_deadline_at IS NOT NULL));

-- At most one live attempt per job: two of them could both be paid.
CREATE UNIQUE INDEX attempts_one_live_per_job ON attempts (job_id) WHERE state IN ('reserved', 'sending', 'accepted', 'unknown');

-- Slots are counted and patrol's due rows found without reading the history.
CREATE INDEX attempts_live ON attempts (lane_id) WHERE state IN ('reserved', 'sending', 'accepted', 'unknown');
CREATE INDEX attempts_due ON attempts (next_check_at) WHERE state IN ('reserved', 'sending', 'accepted', 'unknown') AND next_check_at IS NOT NULL;

-- Dispatch takes the head of a lane without reading its backlog; jobs that wait out a backoff are not in its way.
CREATE INDEX jobs_ready ON jobs (lane_id, priority DESC, row_no, id) WHERE status = 'queued' AND not_before IS NULL;
CREATE INDEX jobs_backing_off ON jobs (not_before) WHERE status = 'queued' AND not_before IS NOT NULL;
CREATE INDEX jobs_open ON jobs (batch_id) WHERE status IN ('queued', 'active');
CREATE INDEX batches_open ON batches (id) WHERE state IN ('validating', 'in_progress', 'finalizing', 'cancelling');
CREATE INDEX webhook_inbox_unprocessed ON webhook_inbox (received_at) WHERE processed_at IS NULL;
CREATE INDEX uploads_unparsed ON uploads (touched_at) WHERE parsed_at IS NULL;

-- The attempt protocol, as the table in packages/core/src/attempts/attempt-states.ts. A test compares the two.
CREATE FUNCTION attempt_may_move(from_state text, to_state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT (from_state, to_state) IN (
    ('reserved', 'sending'), ('reserved', 'released'),
    ('sending', 'accepted'), ('sending', 'refused'), ('sending', 'unknown'),
    ('accepted', 'succeeded'), ('accepted', 'failed'), ('accepted', 'lost'),
    ('unknown', 'accepted'), ('unknown', 'lost'),
    ('lost', 'accepted')
  )
$$;

CREATE FUNCTION guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
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
  RETURN NEW;
END $$;
CREATE TRIGGER attempts_guard BEFORE INSERT OR UPDATE ON attempts FOR EACH ROW EXECUTE FUNCTION guard_attempt();

-- A closed job stays as it is until a retry opens its next run.
CREATE FUNCTION guard_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status IN ('succeeded', 'failed', 'cancelled', 'expired') THEN
    IF NEW.status = 'queued' AND NEW.run = OLD.run + 1 AND OLD.status <> 'succeeded' THEN
      RETURN NEW;
    END IF;
    IF NEW.status <> OLD.status OR NEW.output IS DISTINCT FROM OLD.output OR NEW.error IS DISTINCT FROM OLD.error THEN
      RAISE EXCEPTION 'job %: its outcome (%) is final', OLD.id, OLD.status USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER jobs_guard BEFORE UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION guard_job();

-- The ledger only grows, and gives back exactly what was reserved.
CREATE FUNCTION refuse_ledger_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the ledger is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_entries_append_only BEFORE UPDATE OR DELETE ON ledger_entries FOR EACH ROW EXECUTE FUNCTION refuse_ledger_change();
CREATE TRIGGER ledger_entries_no_truncate BEFORE TRUNCATE ON ledger_entries FOR EACH STATEMENT EXECUTE FUNCTION refuse_ledger_change();

CREATE FUNCTION guard_ledger_entry() RETURNS trigger LANGUAGE plpgsql AS $$
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
  RETURN NEW;
END $$;
CREATE TRIGGER ledger_entries_guard BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION guard_ledger_entry();

-- An upload is read once and deleted: compressing its chunks would be work for nothing.
ALTER TABLE import_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;
