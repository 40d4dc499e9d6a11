-- What start timeouts have taken from the in-flight cap comes back with successes, up to what is configured.
ALTER TABLE "provider_accounts" ADD COLUMN "in_flight_configured" INTEGER;
UPDATE provider_accounts SET in_flight_configured = in_flight_max;
ALTER TABLE "provider_accounts" ALTER COLUMN "in_flight_configured" SET NOT NULL;
ALTER TABLE "provider_accounts" ADD COLUMN "in_flight_cut_at" TIMESTAMPTZ(3);
ALTER TABLE "provider_accounts" ADD COLUMN "successes_since_raise" INTEGER NOT NULL DEFAULT 0;
ALTER TABLE provider_accounts ADD CONSTRAINT provider_accounts_in_flight_as_configured CHECK (in_flight_max <= in_flight_configured);
