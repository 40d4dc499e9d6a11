-- An outage in which fal answers nothing clear closes the account too: such answers are counted while nothing clear comes
-- between, and an answer to something sent before an embargo neither lengthens nor ends it.
ALTER TABLE "provider_accounts" ADD COLUMN     "embargo_set_at" TIMESTAMPTZ(3),
ADD COLUMN     "unclear_in_row" INTEGER NOT NULL DEFAULT 0;

ALTER TABLE provider_accounts ADD CONSTRAINT provider_accounts_unclear_not_negative CHECK (unclear_in_row >= 0);

-- Whether fal has answered anything that was sent later.
CREATE INDEX attempts_sending_at ON attempts (sending_at) WHERE sending_at IS NOT NULL;
