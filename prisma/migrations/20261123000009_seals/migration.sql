-- The ledger's seal: committed entries are hashed into blocks, each holding the hash of the one before, so that an entry
-- that was changed, taken out or slipped in later is found. Sealing follows behind: no settle waits for another.

-- CreateTable
CREATE TABLE "ledger_unsealed" (
    "entry_id" BIGINT NOT NULL,

    CONSTRAINT "ledger_unsealed_pkey" PRIMARY KEY ("entry_id")
);

-- CreateTable
CREATE TABLE "ledger_blocks" (
    "n" BIGINT NOT NULL,
    "previous_hash" TEXT NOT NULL,
    "hash" TEXT NOT NULL,
    "entry_ids" BIGINT[],
    "sealed_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_blocks_pkey" PRIMARY KEY ("n")
);

-- CreateIndex
CREATE UNIQUE INDEX "ledger_blocks_previous_hash_key" ON "ledger_blocks"("previous_hash");

-- Entries from before are sealed like those to come.
INSERT INTO ledger_unsealed (entry_id) SELECT id FROM ledger_entries;

-- No statement can add an entry and forget to have it sealed.
CREATE FUNCTION queue_ledger_seal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ledger_unsealed (entry_id) SELECT id FROM added;
  RETURN NULL;
END $$;
CREATE TRIGGER ledger_entries_to_seal AFTER INSERT ON ledger_entries
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION queue_ledger_seal();

ALTER TABLE ledger_blocks ADD CONSTRAINT ledger_blocks_not_empty CHECK (cardinality(entry_ids) > 0);
ALTER TABLE ledger_blocks ADD CONSTRAINT ledger_blocks_from_one CHECK (n > 0);
CREATE FUNCTION refuse_block_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'sealed blocks are append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER ledger_blocks_append_only BEFORE UPDATE OR DELETE ON ledger_blocks FOR EACH ROW EXECUTE FUNCTION refuse_block_change();
CREATE TRIGGER ledger_blocks_no_truncate BEFORE TRUNCATE ON ledger_blocks FOR EACH STATEMENT EXECUTE FUNCTION refuse_block_change();
