-- Before and during a batch: who must agree to its price, a pilot that runs first, and brakes that stop it by themselves.

-- AlterTable
ALTER TABLE "batches"
    ADD COLUMN "confirm_above_nano_usd" BIGINT,
    ADD COLUMN "worst_case_nano_usd" BIGINT,
    ADD COLUMN "pilot_rows" INTEGER,
    ADD COLUMN "pilot_strategy" TEXT,
    ADD COLUMN "pilot_released_at" TIMESTAMPTZ(3),
    ADD COLUMN "max_waste_nano_usd" BIGINT,
    ADD COLUMN "waste_forgiven_nano_usd" BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN "pause_if_error_rate" DOUBLE PRECISION,
    ADD COLUMN "pause_if_window" INTEGER,
    ADD COLUMN "brakes_since" TIMESTAMPTZ(3);

-- AlterTable
ALTER TABLE "batch_pauses" ADD COLUMN "detail" JSONB;

-- AlterTable
ALTER TABLE "lanes" ADD COLUMN "pilot_of" TEXT;

-- CreateIndex
CREATE UNIQUE INDEX "lanes_pilot_of_key" ON "lanes"("pilot_of");

-- AddForeignKey
ALTER TABLE "lanes" ADD CONSTRAINT "lanes_pilot_of_fkey" FOREIGN KEY ("pilot_of") REFERENCES "batches"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- Closed sets of words, and what belongs together.
ALTER TABLE batches ADD CONSTRAINT batches_confirm_above_not_negative CHECK (confirm_above_nano_usd >= 0);
ALTER TABLE batches ADD CONSTRAINT batches_pilot_strategy_known CHECK (pilot_strategy IN ('first', 'spread'));
ALTER TABLE batches ADD CONSTRAINT batches_pilot_whole CHECK ((pilot_rows IS NULL) = (pilot_strategy IS NULL) AND pilot_rows > 0);
ALTER TABLE batches ADD CONSTRAINT batches_pilot_released_exists CHECK (pilot_released_at IS NULL OR pilot_rows IS NOT NULL);
ALTER TABLE batches ADD CONSTRAINT batches_max_waste_not_negative CHECK (max_waste_nano_usd >= 0);
ALTER TABLE batches ADD CONSTRAINT batches_error_rate_range CHECK (pause_if_error_rate > 0 AND pause_if_error_rate <= 1);
ALTER TABLE batches ADD CONSTRAINT batches_pause_if_whole CHECK ((pause_if_error_rate IS NULL) = (pause_if_window IS NULL) AND pause_if_window > 0);
ALTER TABLE lanes ADD CONSTRAINT lanes_one_purpose CHECK (batch_id IS NULL OR pilot_of IS NULL);

-- A pilot's release is a person's word and is not taken back.
CREATE FUNCTION guard_pilot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.pilot_rows IS DISTINCT FROM OLD.pilot_rows OR NEW.pilot_strategy IS DISTINCT FROM OLD.pilot_strategy
    OR (OLD.pilot_released_at IS NOT NULL AND NEW.pilot_released_at IS DISTINCT FROM OLD.pilot_released_at) THEN
    RAISE EXCEPTION 'batch %: its pilot does not change', OLD.id USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER batches_guard_pilot BEFORE UPDATE ON batches FOR EACH ROW WHEN (OLD.pilot_rows IS NOT NULL OR NEW.pilot_rows IS NOT NULL) EXECUTE FUNCTION guard_pilot();

-- The jobs of a pilot lie in a lane of their own; all others in their batch's, whose id is the batch's.
CREATE INDEX jobs_in_pilot ON jobs (lane_id) WHERE batch_id IS NOT NULL AND lane_id <> batch_id;
-- A brake looks at the last jobs that ended, and at the attempts that failed, without reading the batch.
CREATE INDEX jobs_ended ON jobs (batch_id, finished_at) WHERE status IN ('succeeded', 'failed');
CREATE INDEX attempts_wasted ON attempts (batch_id) WHERE state IN ('failed', 'lost');
