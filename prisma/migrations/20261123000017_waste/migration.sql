-- What attempts cost that brought nothing, of the time before it was kept beside them. In a transaction of its own: the one
-- that adds the columns keeps readers out until it ends.
LOCK TABLE attempts, ledger_entries IN SHARE ROW EXCLUSIVE MODE;
UPDATE attempts SET net_nano_usd = net_of_attempt(id)
WHERE batch_id IS NOT NULL AND state IN ('failed', 'lost', 'accepted', 'unknown') AND net_nano_usd IS NULL
  AND EXISTS (SELECT 1 FROM ledger_entries e WHERE e.attempt_id = attempts.id AND e.kind <> 'reserve');

-- What was forgiven as a sum when a person resumed a batch is forgiven by attempt.
UPDATE attempts a SET waste_forgiven_at = b.brakes_since FROM batches b, jobs j
WHERE b.id = a.batch_id AND j.id = a.job_id AND b.brakes_since IS NOT NULL AND a.waste_forgiven_at IS NULL
  AND coalesce(a.net_nano_usd, a.reserved_nano_usd) <> 0
  AND coalesce(a.finished_at, j.review_at, a.unknown_at, a.reserved_at) <= b.brakes_since
  AND (a.state IN ('failed', 'lost') OR (a.state IN ('accepted', 'unknown') AND j.status NOT IN ('queued', 'active')));

-- A brake reads what is wasted and not forgiven: no more attempts than its limit can pay for, however many failed for free.
CREATE INDEX attempts_wasted_unforgiven ON attempts (batch_id) WHERE state IN ('failed', 'lost', 'accepted', 'unknown')
  AND waste_forgiven_at IS NULL AND coalesce(net_nano_usd, reserved_nano_usd) <> 0;
DROP INDEX attempts_wasted;
ALTER INDEX attempts_wasted_unforgiven RENAME TO attempts_wasted;
ALTER TABLE batches DROP COLUMN "waste_forgiven_nano_usd";

-- What was under way when the balance was read: it counts as spent until the next reading.
ALTER TABLE provider_accounts ADD COLUMN "balance_under_way_nano_usd" BIGINT;
UPDATE provider_accounts SET balance_low_since = NULL;
