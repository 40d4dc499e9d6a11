-- Budgets nest: deployment, project, API key, batch; a project's and a key's may be per month, day or hour (UTC) too.
ALTER TABLE "budgets"
    ADD COLUMN "period" TEXT NOT NULL DEFAULT 'total',
    ADD COLUMN "window_start" TIMESTAMPTZ(3),
    ADD COLUMN "project_id" TEXT,
    ADD COLUMN "alerted_percent" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE "budgets" DROP CONSTRAINT "budgets_pkey";
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_pkey" PRIMARY KEY ("scope", "period");
ALTER TABLE "budgets" ADD CONSTRAINT "budgets_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
CREATE INDEX "budgets_project_id_idx" ON "budgets"("project_id");
UPDATE budgets SET project_id = b.project_id FROM batches b WHERE budgets.scope = 'batch:' || b.id;

-- The budget that a lane's next job does not fit, and what that job needs. Set and cleared by dispatch.
ALTER TABLE "lanes"
    ADD COLUMN "budget_scope" TEXT,
    ADD COLUMN "budget_period" TEXT,
    ADD COLUMN "budget_needed_nano_usd" BIGINT;

-- Every budget that an attempt counts in, outermost first. scopesOf in packages/core/src/budgets/scopes-of.ts says the
-- same for a job; a test compares the two.
CREATE FUNCTION budget_scopes(project_id text, api_key_id text, batch_id text) RETURNS text[] LANGUAGE sql IMMUTABLE AS $$
  SELECT array_remove(ARRAY['deployment', 'project:' || project_id, 'key:' || api_key_id, 'batch:' || batch_id], NULL)
$$;

-- When the window of a period that holds this moment begins; null for the period that never ends.
CREATE FUNCTION budget_window(period text, moment timestamptz) RETURNS timestamptz LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN period <> 'total' THEN date_trunc(period, moment AT TIME ZONE 'UTC') AT TIME ZONE 'UTC' END
$$;

-- The highest of the thresholds that this much spending has reached.
CREATE FUNCTION budget_alert_percent(limit_nano_usd bigint, spent_nano_usd numeric) RETURNS integer LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE
    WHEN limit_nano_usd IS NULL THEN 0
    WHEN spent_nano_usd >= limit_nano_usd THEN 100
    WHEN spent_nano_usd * 100 >= limit_nano_usd::numeric * 80 THEN 80
    WHEN spent_nano_usd * 100 >= limit_nano_usd::numeric * 50 THEN 50
    ELSE 0 END
$$;

ALTER TABLE budgets ADD CONSTRAINT budgets_period_known CHECK (period IN ('total', 'month', 'day', 'hour'));
ALTER TABLE budgets ADD CONSTRAINT budgets_window_fits_period CHECK ((window_start IS NULL) = (period = 'total')
  AND (window_start IS NULL OR window_start = budget_window(period, window_start)));
ALTER TABLE budgets ADD CONSTRAINT budgets_scope_known CHECK (scope = 'deployment' OR scope ~ '^(project|key|batch):.');
ALTER TABLE budgets ADD CONSTRAINT budgets_project_known CHECK ((project_id IS NULL) = (scope = 'deployment'));
ALTER TABLE budgets ADD CONSTRAINT budgets_alerted_percent_known CHECK (alerted_percent IN (0, 50, 80, 100));
ALTER TABLE lanes ADD CONSTRAINT lanes_budget_whole CHECK (num_nulls(budget_scope, budget_period, budget_needed_nano_usd) IN (0, 3));

-- Which windows are over is asked at every dispatch; what counted in one, when a limit is set or a window begins.
CREATE INDEX budgets_windowed ON budgets (window_start) WHERE window_start IS NOT NULL;
CREATE INDEX attempts_reserved_at ON attempts (reserved_at);

-- A window that was left never comes back: its sums are gone.
CREATE FUNCTION guard_budget() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.scope <> OLD.scope OR NEW.period <> OLD.period OR NEW.window_start < OLD.window_start THEN
    RAISE EXCEPTION 'budget % (%): its window % does not become %', OLD.scope, OLD.period, OLD.window_start, NEW.window_start
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER budgets_guard BEFORE UPDATE ON budgets FOR EACH ROW EXECUTE FUNCTION guard_budget();

-- The moment of a reservation decides for good in which windows the attempt counts.
CREATE FUNCTION guard_reservation() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.reserved_at <> OLD.reserved_at OR NEW.project_id <> OLD.project_id
    OR NEW.api_key_id IS DISTINCT FROM OLD.api_key_id OR NEW.batch_id IS DISTINCT FROM OLD.batch_id THEN
    RAISE EXCEPTION 'attempt %: the budgets that it counts in do not change', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER attempts_guard_reservation BEFORE UPDATE OF reserved_at, project_id, api_key_id, batch_id ON attempts
  FOR EACH ROW EXECUTE FUNCTION guard_reservation();
