-- Single jobs lie in a lane for each key that asked for them: a key without money holds up its own only. What has ended
-- stays where it is; a retry moves it.
INSERT INTO lanes (id, project_id)
SELECT DISTINCT project_id || '.' || api_key_id, project_id FROM jobs
WHERE batch_id IS NULL AND api_key_id IS NOT NULL AND status IN ('queued', 'active', 'needs_review')
ON CONFLICT (id) DO NOTHING;
UPDATE jobs SET lane_id = project_id || '.' || api_key_id
WHERE batch_id IS NULL AND api_key_id IS NOT NULL AND status IN ('queued', 'active', 'needs_review');

-- Brakes count jobs that wait for review as well: they are paid for, or may be, and have brought nothing so far. Every
-- index is built before the first statement that keeps readers out.
CREATE INDEX jobs_ended_or_in_review ON jobs (batch_id, (least(review_at, finished_at))) WHERE status IN ('succeeded', 'failed', 'needs_review');
-- Which lanes have single jobs ready is found without looking at the lanes of keys that have none.
CREATE INDEX jobs_ready_single ON jobs (lane_id) WHERE batch_id IS NULL AND status = 'queued' AND not_before IS NULL;
-- The keys of a project share its weight: when one of them was served last is asked of its lanes.
CREATE INDEX lanes_single ON lanes (project_id) WHERE batch_id IS NULL AND pilot_of IS NULL;
DROP INDEX jobs_ended;
ALTER INDEX jobs_ended_or_in_review RENAME TO jobs_ended;

-- What an attempt costs, kept beside it so that waste is read without its ledger, and what a person has forgiven.
ALTER TABLE attempts
    ADD COLUMN "net_nano_usd" BIGINT,
    ADD COLUMN "waste_forgiven_at" TIMESTAMPTZ(3);

CREATE FUNCTION net_of_attempt(attempt text) RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(sum(CASE kind WHEN 'release' THEN -amount_nano_usd ELSE amount_nano_usd END), 0)::bigint
  FROM ledger_entries WHERE attempt_id = attempt
$$;

-- As before, and: an attempt that has ended takes what the ledger says of its cost, and one pardon that is never taken back.
CREATE OR REPLACE FUNCTION guard_attempt() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE same attempts;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'reserved' THEN
      RAISE EXCEPTION 'attempt %: a new attempt is reserved, not %', NEW.id, NEW.state USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.state IN ('refused', 'succeeded', 'failed', 'released') THEN
    same := NEW;
    same.net_nano_usd := OLD.net_nano_usd;
    same.waste_forgiven_at := OLD.waste_forgiven_at;
    IF same IS DISTINCT FROM OLD THEN
      RAISE EXCEPTION 'attempt %: its outcome (%) is final', OLD.id, OLD.state USING ERRCODE = 'check_violation';
    END IF;
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
  IF OLD.waste_forgiven_at IS NOT NULL AND NEW.waste_forgiven_at IS DISTINCT FROM OLD.waste_forgiven_at THEN
    RAISE EXCEPTION 'attempt %: what was forgiven stays forgiven', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.net_nano_usd IS DISTINCT FROM OLD.net_nano_usd AND NEW.net_nano_usd IS DISTINCT FROM net_of_attempt(NEW.id) THEN
    RAISE EXCEPTION 'attempt %: it costs what its ledger entries say', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

-- Until there is more than the reservation, that is what an attempt holds. A success wastes nothing, and is spared the write.
CREATE FUNCTION keep_net() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE attempts SET net_nano_usd = net_of_attempt(id)
  WHERE id = NEW.attempt_id AND state NOT IN ('succeeded', 'refused', 'released');
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_keep_net AFTER INSERT ON ledger_entries FOR EACH ROW
  WHEN (NEW.kind <> 'reserve' AND NEW.batch_id IS NOT NULL) EXECUTE FUNCTION keep_net();
