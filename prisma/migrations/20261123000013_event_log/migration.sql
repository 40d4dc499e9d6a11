-- The event log: an event gets its number after it is committed, so that no change waits for another's; what was told is
-- never told differently.

-- An event is written without a number. Those about one subject are written under its lock: their ordinals are in the
-- order of their commits.
ALTER TABLE "events" ADD COLUMN "ordinal" BIGSERIAL NOT NULL;
ALTER TABLE "events" ADD COLUMN "seq" BIGINT;
-- Where the job's or batch's owner asked to be called, beside the endpoints of the project.
ALTER TABLE "events" ADD COLUMN "callback_url" TEXT;
DROP INDEX "events_project_id_id_idx";
CREATE UNIQUE INDEX "events_project_id_seq_key" ON "events"("project_id", "seq");
CREATE INDEX events_unnumbered ON events (project_id, ordinal) WHERE seq IS NULL;
ALTER TABLE events ADD CONSTRAINT events_from_one CHECK (seq > 0);

-- CreateTable
CREATE TABLE "event_heads" (
    "project_id" TEXT NOT NULL,
    "last_seq" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "event_heads_pkey" PRIMARY KEY ("project_id")
);
ALTER TABLE "event_heads" ADD CONSTRAINT "event_heads_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- Every project has one, so that the lock always finds a row.
INSERT INTO event_heads (project_id) SELECT id FROM projects;
CREATE FUNCTION begin_event_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO event_heads (project_id) VALUES (NEW.id);
  RETURN NULL;
END $$;
CREATE TRIGGER projects_begin_event_log AFTER INSERT ON projects FOR EACH ROW EXECUTE FUNCTION begin_event_log();

-- Nobody was shown an event yet: those from before take the envelope of those to come.
UPDATE events SET body = '{"id":' || to_json(id)::text || ',"type":' || to_json(type)::text
  || ',"timestamp":"' || to_char(created_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
  || '","project_id":' || to_json(project_id)::text || ',"data":' || body || '}';

-- The log only grows; an event gets its number once.
CREATE FUNCTION guard_event() RETURNS trigger LANGUAGE plpgsql AS $$
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
  RAISE EXCEPTION 'events are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER events_guard BEFORE INSERT OR UPDATE OR DELETE ON events FOR EACH ROW EXECUTE FUNCTION guard_event();
CREATE TRIGGER events_no_truncate BEFORE TRUNCATE ON events FOR EACH STATEMENT EXECUTE FUNCTION guard_event();

-- A number is never given again, whatever becomes of the events that had it.
CREATE FUNCTION guard_event_head() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.project_id <> OLD.project_id OR NEW.last_seq < OLD.last_seq THEN
    RAISE EXCEPTION 'project %: its events are numbered up to % already', OLD.project_id, OLD.last_seq USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER event_heads_guard BEFORE UPDATE ON event_heads FOR EACH ROW EXECUTE FUNCTION guard_event_head();
