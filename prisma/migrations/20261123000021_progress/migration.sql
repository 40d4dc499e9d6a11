-- When a batch's project was last told how far it is.
CREATE TABLE "batch_progress" (
    "batch_id" TEXT NOT NULL,
    "told_at" TIMESTAMPTZ(3) NOT NULL,

    CONSTRAINT "batch_progress_pkey" PRIMARY KEY ("batch_id")
);
ALTER TABLE "batch_progress" ADD CONSTRAINT "batch_progress_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batches"("id") ON DELETE CASCADE ON UPDATE CASCADE;
