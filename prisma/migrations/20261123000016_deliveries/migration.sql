-- Endpoints and deliveries: each numbered event has one row for every endpoint that it is for, until the endpoint has it.

-- An id as core makes them: a prefix, 48 bits of time and 80 of chance in Crockford's base 32. For rows that are made a
-- set at a time; nothing rests on its being hard to guess.
CREATE FUNCTION new_id(prefix text) RETURNS text LANGUAGE sql VOLATILE AS $$
  SELECT prefix || '_' || string_agg(substr('0123456789abcdefghjkmnpqrstvwxyz',
    CASE WHEN place < 10 THEN ((at.ms >> (5 * (9 - place))) & 31)::int ELSE floor(random() * 32)::int END + 1, 1), '' ORDER BY place)
  FROM (SELECT floor(extract(epoch FROM now()) * 1000)::bigint AS ms) at, generate_series(0, 25) AS place
$$;

-- CreateTable
CREATE TABLE "endpoints" (
    "id" TEXT NOT NULL DEFAULT new_id('we'),
    "project_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "url" TEXT NOT NULL,
    "description" TEXT NOT NULL DEFAULT '',
    "event_types" TEXT[] NOT NULL DEFAULT ARRAY[]::TEXT[],
    "progress_interval_ms" INTEGER,
    "state" TEXT NOT NULL DEFAULT 'enabled',
    "disabled_reason" TEXT,
    "disabled_at" TIMESTAMPTZ(3),
    "next_due_at" TIMESTAMPTZ(3),
    "served_at" TIMESTAMPTZ(3),
    "throttled_until" TIMESTAMPTZ(3),
    "failures_in_row" INTEGER NOT NULL DEFAULT 0,
    "failing_since" TIMESTAMPTZ(3),
    "told_percent" INTEGER NOT NULL DEFAULT 0,
    "unwell" BOOLEAN NOT NULL DEFAULT false,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "deleted_at" TIMESTAMPTZ(3),

    CONSTRAINT "endpoints_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "signing_secrets" (
    "owner_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "sealed" TEXT NOT NULL,
    "previous_sealed" TEXT,
    "previous_until" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "signing_secrets_pkey" PRIMARY KEY ("owner_id")
);

-- CreateTable
CREATE TABLE "deliveries" (
    "id" TEXT NOT NULL DEFAULT new_id('dlv'),
    "endpoint_id" TEXT NOT NULL,
    "event_id" TEXT NOT NULL,
    "event_seq" BIGINT NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'pending',
    "tries" INTEGER NOT NULL DEFAULT 0,
    "step" INTEGER NOT NULL DEFAULT 0,
    "due_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "lease" TEXT,
    "last_status" INTEGER,
    "last_error" TEXT,
    "last_took_ms" INTEGER,
    "first_try_at" TIMESTAMPTZ(3),
    "last_try_at" TIMESTAMPTZ(3),
    "delivered_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "deliveries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "delivery_tries" (
    "id" BIGSERIAL NOT NULL,
    "delivery_id" TEXT NOT NULL,
    "tried_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "status" INTEGER,
    "error" TEXT,
    "took_ms" INTEGER NOT NULL,
    "response" TEXT,

    CONSTRAINT "delivery_tries_pkey" PRIMARY KEY ("id")
);

CREATE INDEX "endpoints_project_id_id_idx" ON "endpoints"("project_id", "id");
CREATE INDEX "signing_secrets_project_id_idx" ON "signing_secrets"("project_id");
CREATE UNIQUE INDEX "deliveries_endpoint_id_event_id_key" ON "deliveries"("endpoint_id", "event_id");
CREATE INDEX "deliveries_endpoint_id_event_seq_idx" ON "deliveries"("endpoint_id", "event_seq");
CREATE INDEX "delivery_tries_delivery_id_id_idx" ON "delivery_tries"("delivery_id", "id");

ALTER TABLE "endpoints" ADD CONSTRAINT "endpoints_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "signing_secrets" ADD CONSTRAINT "signing_secrets_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_endpoint_id_fkey" FOREIGN KEY ("endpoint_id") REFERENCES "endpoints"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "deliveries" ADD CONSTRAINT "deliveries_event_id_fkey" FOREIGN KEY ("event_id") REFERENCES "events"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
ALTER TABLE "delivery_tries" ADD CONSTRAINT "delivery_tries_delivery_id_fkey" FOREIGN KEY ("delivery_id") REFERENCES "deliveries"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- One bare callback_url is one endpoint of its project.
CREATE UNIQUE INDEX endpoints_one_per_callback ON endpoints (project_id, url) WHERE kind = 'callback';
-- What the deliver loop looks at: endpoints that may have something due, and the places that are taken.
CREATE INDEX endpoints_due ON endpoints (next_due_at) WHERE state = 'enabled' AND next_due_at IS NOT NULL;
CREATE INDEX deliveries_due ON deliveries (endpoint_id, due_at, event_seq) WHERE state = 'pending';
CREATE INDEX deliveries_leased ON deliveries (endpoint_id) WHERE lease IS NOT NULL;

ALTER TABLE endpoints
  ADD CONSTRAINT endpoints_kind CHECK (kind IN ('registered', 'callback')),
  ADD CONSTRAINT endpoints_state CHECK (state IN ('enabled', 'disabled')),
  ADD CONSTRAINT endpoints_disabled_with_reason CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL AND disabled_at IS NOT NULL)),
  ADD CONSTRAINT endpoints_reason CHECK (disabled_reason IN ('gone', 'failing', 'by_owner')),
  ADD CONSTRAINT endpoints_deleted_is_disabled CHECK (deleted_at IS NULL OR state = 'disabled'),
  ADD CONSTRAINT endpoints_callback_is_whole CHECK (kind = 'registered' OR (event_types = '{}' AND progress_interval_ms IS NULL)),
  ADD CONSTRAINT endpoints_interval CHECK (progress_interval_ms > 0),
  ADD CONSTRAINT endpoints_told CHECK (told_percent IN (0, 50, 70, 90, 100)),
  ADD CONSTRAINT endpoints_failures CHECK (failures_in_row >= 0);

ALTER TABLE signing_secrets
  ADD CONSTRAINT signing_secrets_sealed CHECK (sealed LIKE 'v1.%' AND previous_sealed LIKE 'v1.%'),
  ADD CONSTRAINT signing_secrets_previous CHECK ((previous_sealed IS NULL) = (previous_until IS NULL));

ALTER TABLE deliveries
  ADD CONSTRAINT deliveries_state CHECK (state IN ('pending', 'delivered', 'failed', 'skipped')),
  ADD CONSTRAINT deliveries_lease_is_pending CHECK (lease IS NULL OR state = 'pending'),
  ADD CONSTRAINT deliveries_delivered CHECK (state <> 'delivered' OR delivered_at IS NOT NULL),
  ADD CONSTRAINT deliveries_failed_was_tried CHECK (state <> 'failed' OR tries > 0),
  ADD CONSTRAINT deliveries_counts CHECK (tries >= 0 AND step >= 0 AND step <= tries);

ALTER TABLE delivery_tries
  ADD CONSTRAINT delivery_tries_response CHECK (octet_length(response) <= 1024),
  ADD CONSTRAINT delivery_tries_outcome CHECK (status IS NOT NULL OR error IS NOT NULL);

-- An event that is for an endpoint stays so, whatever becomes of the delivery; and it is an event of the same project.
CREATE FUNCTION guard_delivery() RETURNS trigger LANGUAGE plpgsql AS $$
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
  RAISE EXCEPTION 'a delivery is not taken back' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER deliveries_guard BEFORE INSERT OR UPDATE OR DELETE ON deliveries FOR EACH ROW EXECUTE FUNCTION guard_delivery();
CREATE TRIGGER deliveries_no_truncate BEFORE TRUNCATE ON deliveries FOR EACH STATEMENT EXECUTE FUNCTION guard_delivery();
