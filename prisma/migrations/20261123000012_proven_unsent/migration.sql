-- As before, and: an unknown attempt is refused when its own sender proves that fal accepted nothing.
CREATE OR REPLACE FUNCTION attempt_may_move(from_state text, to_state text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT (from_state, to_state) IN (
    ('reserved', 'sending'), ('reserved', 'released'),
    ('sending', 'accepted'), ('sending', 'refused'), ('sending', 'unknown'),
    ('accepted', 'succeeded'), ('accepted', 'failed'), ('accepted', 'lost'),
    ('unknown', 'accepted'), ('unknown', 'lost'), ('unknown', 'refused'),
    ('lost', 'accepted')
  )
$$;

-- The bill that an unknown attempt waited for is known to be nothing then.
CREATE FUNCTION close_bill_of_refused() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE bills SET billed_nano_usd = 0, reason = NULL, next_look_at = NULL, closed_at = now()
  WHERE attempt_id = NEW.id AND NOT orphan AND closed_at IS NULL;
  RETURN NEW;
END $$;
CREATE TRIGGER attempts_close_bill AFTER UPDATE OF state ON attempts FOR EACH ROW
  WHEN (OLD.state = 'unknown' AND NEW.state = 'refused') EXECUTE FUNCTION close_bill_of_refused();

-- Requests that were given up before they were followed.
INSERT INTO orphan_acceptances (request_id, attempt_id, source, cancel_asked_at)
SELECT request_id, id, 'given_up', cancel_asked_at FROM attempts
WHERE state = 'lost' AND request_id IS NOT NULL ON CONFLICT DO NOTHING;
