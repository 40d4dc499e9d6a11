-- What a key may do, and how it begins, so that a person can tell keys apart. Keys from before, and those that a process of
-- the version before still makes, may do everything, as they could.
ALTER TABLE "api_keys" ADD COLUMN "scopes" TEXT[] NOT NULL DEFAULT ARRAY['jobs:read', 'jobs:write', 'billing:read', 'admin']::TEXT[];
ALTER TABLE "api_keys" ADD COLUMN "hint" TEXT;
ALTER TABLE api_keys
  ADD CONSTRAINT api_keys_scopes CHECK (scopes <@ ARRAY['jobs:read', 'jobs:write', 'billing:read', 'admin'] AND cardinality(scopes) > 0),
  ADD CONSTRAINT api_keys_hint CHECK (length(hint) <= 16);

-- A revoked key stays revoked.
CREATE FUNCTION guard_api_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at THEN
    RAISE EXCEPTION 'API key %: it was revoked at %', OLD.id, OLD.revoked_at USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER api_keys_guard BEFORE UPDATE ON api_keys FOR EACH ROW EXECUTE FUNCTION guard_api_key();
