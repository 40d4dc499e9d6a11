-- An error at the result that neither a callback nor the status confirms is counted on its own: polls that saw the run go on say nothing of it.

-- AlterTable
ALTER TABLE "attempts"
    ADD COLUMN "unconfirmed" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "called_ok" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "orphan_acceptances"
    ADD COLUMN "unconfirmed" INTEGER NOT NULL DEFAULT 0,
    ADD COLUMN "called_ok" BOOLEAN NOT NULL DEFAULT false;

ALTER TABLE attempts ADD CONSTRAINT attempts_unconfirmed_not_negative CHECK (unconfirmed >= 0);
ALTER TABLE orphan_acceptances ADD CONSTRAINT orphan_acceptances_unconfirmed_not_negative CHECK (unconfirmed >= 0);
