-- Observing: nothing is sent until fal's own lists have been compared with what this database remembers.
ALTER TABLE provider_accounts ADD COLUMN observe_since TIMESTAMPTZ(3);
ALTER TABLE provider_accounts ADD COLUMN observe_from TIMESTAMPTZ(3);
ALTER TABLE provider_accounts ADD COLUMN observe_quiet_since TIMESTAMPTZ(3);
ALTER TABLE provider_accounts ADD CONSTRAINT provider_accounts_observe_has_start CHECK (observe_since IS NULL OR observe_from IS NOT NULL);
