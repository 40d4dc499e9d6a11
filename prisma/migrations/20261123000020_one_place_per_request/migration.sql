-- A request of fal is paid for in one place: by the attempt that holds it, or as an orphan acceptance, which is kept with
-- that same attempt or with one that holds another. Whoever binds a request holds its lock, so a look is enough.
CREATE FUNCTION guard_orphan_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM attempts WHERE request_id = NEW.request_id AND id <> NEW.attempt_id) THEN
    RAISE EXCEPTION 'request %: another attempt holds it, so it is no orphan of attempt %', NEW.request_id, NEW.attempt_id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER orphan_acceptances_one_place BEFORE INSERT OR UPDATE OF request_id, attempt_id ON orphan_acceptances
  FOR EACH ROW EXECUTE FUNCTION guard_orphan_place();

CREATE FUNCTION guard_request_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM orphan_acceptances WHERE request_id = NEW.request_id AND attempt_id <> NEW.id) THEN
    RAISE EXCEPTION 'request %: it is an orphan of another attempt, so attempt % cannot hold it', NEW.request_id, NEW.id
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attempts_one_place BEFORE UPDATE OF request_id ON attempts
  FOR EACH ROW WHEN (NEW.request_id IS DISTINCT FROM OLD.request_id AND NEW.request_id IS NOT NULL)
  EXECUTE FUNCTION guard_request_place();
