-- The log is kept for 90 days, and longer for as long as somebody has not had what stands in it.

CREATE INDEX "events_created_at_idx" ON "events"("created_at");
CREATE INDEX "delivery_tries_tried_at_idx" ON "delivery_tries"("tried_at");
-- What an endpoint has not had yet, the oldest first.
CREATE INDEX deliveries_undelivered ON deliveries (endpoint_id, event_seq) WHERE state IN ('pending', 'failed');

-- Whether a delivery keeps its event: its endpoint has not had it and may still ask for it. A callback_url, which nobody
-- can delete, has given up its claim when it has been disabled for 90 days.
CREATE FUNCTION is_delivery_owed(state text, endpoint endpoints) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT state IN ('pending', 'failed') AND endpoint.deleted_at IS NULL
    AND (endpoint.kind = 'registered' OR endpoint.disabled_at IS NULL OR endpoint.disabled_at > now() - interval '90 days')
$$;

-- As before, but that an event may go which is old enough; its deliveries have to go before it.
CREATE OR REPLACE FUNCTION guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE numbered events%ROWTYPE;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.seq IS NOT NULL THEN
      RAISE EXCEPTION 'event %: a new event has no number', NEW.id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' THEN
    numbered := OLD;
    numbered.seq := NEW.seq;
    IF OLD.seq IS NULL AND NEW.seq IS NOT NULL AND NEW IS NOT DISTINCT FROM numbered THEN
      RETURN NEW;
    END IF;
  END IF;
  IF TG_OP = 'DELETE' AND OLD.seq IS NOT NULL AND OLD.created_at < now() - interval '90 days' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
END $$;

-- As before, but that a delivery may go with its event when nobody waits for it.
CREATE OR REPLACE FUNCTION guard_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NOT EXISTS (SELECT 1 FROM endpoints p JOIN events e USING (project_id)
                   WHERE p.id = NEW.endpoint_id AND e.id = NEW.event_id AND e.seq = NEW.event_seq) THEN
      RAISE EXCEPTION 'event % is none of the numbered events of the project of endpoint %', NEW.event_id, NEW.endpoint_id
        USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.id, NEW.endpoint_id, NEW.event_id, NEW.event_seq, NEW.created_at)
      IS NOT DISTINCT FROM (OLD.id, OLD.endpoint_id, OLD.event_id, OLD.event_seq, OLD.created_at)
      AND NEW.tries >= OLD.tries THEN
    RETURN NEW;
  END IF;
  IF TG_OP = 'DELETE'
      AND EXISTS (SELECT 1 FROM events e WHERE e.id = OLD.event_id AND e.created_at < now() - interval '90 days')
      AND NOT EXISTS (SELECT 1 FROM endpoints p WHERE p.id = OLD.endpoint_id AND is_delivery_owed(OLD.state, p)) THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION 'a delivery is not taken back' USING ERRCODE = 'restrict_violation';
END $$;
