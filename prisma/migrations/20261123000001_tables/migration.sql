-- CreateSchema
CREATE SCHEMA IF NOT EXISTS "public";

-- CreateTable
CREATE TABLE "provider_accounts" (
    "id" TEXT NOT NULL,
    "in_flight_max" INTEGER NOT NULL,
    "stopped_at" TIMESTAMPTZ(3),
    "embargo_until" TIMESTAMPTZ(3),
    "embargo_reason" TEXT,
    "refusals_in_row" INTEGER NOT NULL DEFAULT 0,
    "start_timeouts_in_row" INTEGER NOT NULL DEFAULT 0,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "provider_accounts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "projects" (
    "id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "projects_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "api_keys" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "secret_hash" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "expires_at" TIMESTAMPTZ(3),
    "revoked_at" TIMESTAMPTZ(3),
    "last_used_at" TIMESTAMPTZ(3),

    CONSTRAINT "api_keys_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "lanes" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "batch_id" TEXT,
    "weight" INTEGER NOT NULL DEFAULT 1,
    "served_at" TIMESTAMPTZ(3) NOT NULL DEFAULT '1970-01-01 00:00:00+00'::timestamp with time zone,

    CONSTRAINT "lanes_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "budgets" (
    "scope" TEXT NOT NULL,
    "limit_nano_usd" BIGINT,
    "reserved_nano_usd" BIGINT NOT NULL DEFAULT 0,
    "charged_nano_usd" BIGINT NOT NULL DEFAULT 0,

    CONSTRAINT "budgets_pkey" PRIMARY KEY ("scope")
);

-- CreateTable
CREATE TABLE "batches" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "name" TEXT,
    "model" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "mode" TEXT NOT NULL DEFAULT 'best_effort',
    "start_mode" TEXT NOT NULL DEFAULT 'auto',
    "on_unknown" TEXT NOT NULL DEFAULT 'review',
    "max_attempts" INTEGER NOT NULL,
    "callback_url" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "columns" JSONB,
    "rejected_count" INTEGER NOT NULL DEFAULT 0,
    "estimated_nano_usd" BIGINT NOT NULL DEFAULT 0,
    "problem" JSONB,
    "file_facts" JSONB,
    "cancel_mode" TEXT,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "validating_at" TIMESTAMPTZ(3),
    "awaiting_confirmation_at" TIMESTAMPTZ(3),
    "in_progress_at" TIMESTAMPTZ(3),
    "finalizing_at" TIMESTAMPTZ(3),
    "completed_at" TIMESTAMPTZ(3),
    "failed_at" TIMESTAMPTZ(3),
    "expired_at" TIMESTAMPTZ(3),
    "cancelling_at" TIMESTAMPTZ(3),
    "cancelled_at" TIMESTAMPTZ(3),

    CONSTRAINT "batches_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "batch_pauses" (
    "batch_id" TEXT NOT NULL,
    "reason" TEXT NOT NULL,
    "set_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "batch_pauses_pkey" PRIMARY KEY ("batch_id","reason")
);

-- CreateTable
CREATE TABLE "uploads" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "batch_id" TEXT,
    "options" JSONB NOT NULL,
    "format" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL DEFAULT 0,
    "sha256" TEXT,
    "parsed_rows" BIGINT NOT NULL DEFAULT 0,
    "touched_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "completed_at" TIMESTAMPTZ(3),
    "claimed_until" TIMESTAMPTZ(3),
    "parsed_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "uploads_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "import_chunks" (
    "upload_id" TEXT NOT NULL,
    "n" INTEGER NOT NULL,
    "bytes" BYTEA NOT NULL,

    CONSTRAINT "import_chunks_pkey" PRIMARY KEY ("upload_id","n")
);

-- CreateTable
CREATE TABLE "rejected_rows" (
    "batch_id" TEXT NOT NULL,
    "row_no" BIGINT NOT NULL,
    "line" BIGINT NOT NULL,
    "column" TEXT,
    "code" TEXT NOT NULL,
    "value" TEXT,
    "message" TEXT NOT NULL,
    "problems" JSONB NOT NULL,
    "cells" JSONB NOT NULL,

    CONSTRAINT "rejected_rows_pkey" PRIMARY KEY ("batch_id","row_no")
);

-- CreateTable
CREATE TABLE "jobs" (
    "id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "batch_id" TEXT,
    "lane_id" TEXT NOT NULL,
    "row_no" BIGINT NOT NULL DEFAULT 0,
    "line" BIGINT,
    "custom_id" TEXT,
    "model" TEXT NOT NULL,
    "input" JSONB NOT NULL,
    "status" TEXT NOT NULL DEFAULT 'queued',
    "status_detail" TEXT,
    "priority" INTEGER NOT NULL DEFAULT 0,
    "run" INTEGER NOT NULL DEFAULT 1,
    "attempts" INTEGER NOT NULL DEFAULT 0,
    "failed_attempts" INTEGER NOT NULL DEFAULT 0,
    "max_attempts" INTEGER NOT NULL,
    "not_before" TIMESTAMPTZ(3),
    "estimated_nano_usd" BIGINT NOT NULL,
    "price_version" TEXT NOT NULL,
    "max_cost_nano_usd" BIGINT,
    "output" JSONB,
    "error" JSONB,
    "fal_request_id" TEXT,
    "output_name" TEXT,
    "callback_url" TEXT,
    "metadata" JSONB NOT NULL DEFAULT '{}',
    "cancel_requested_at" TIMESTAMPTZ(3),
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "started_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "jobs_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "attempts" (
    "id" TEXT NOT NULL,
    "job_id" TEXT NOT NULL,
    "project_id" TEXT NOT NULL,
    "batch_id" TEXT,
    "lane_id" TEXT NOT NULL,
    "run" INTEGER NOT NULL,
    "n" INTEGER NOT NULL,
    "state" TEXT NOT NULL DEFAULT 'reserved',
    "model" TEXT NOT NULL,
    "seed" BIGINT NOT NULL,
    "reserved_nano_usd" BIGINT NOT NULL,
    "price_version" TEXT NOT NULL,
    "owner" TEXT,
    "request_id" TEXT,
    "expects_webhook" BOOLEAN NOT NULL DEFAULT false,
    "send_deadline_at" TIMESTAMPTZ(3),
    "outcome_deadline_at" TIMESTAMPTZ(3),
    "next_check_at" TIMESTAMPTZ(3),
    "checks" INTEGER NOT NULL DEFAULT 0,
    "slot_until" TIMESTAMPTZ(3),
    "cancel_asked_at" TIMESTAMPTZ(3),
    "http_status" INTEGER,
    "billable_units" TEXT,
    "units_disagree" BOOLEAN NOT NULL DEFAULT false,
    "failure" JSONB,
    "evidence" JSONB NOT NULL DEFAULT '[]',
    "reserved_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "sending_at" TIMESTAMPTZ(3),
    "accepted_at" TIMESTAMPTZ(3),
    "finished_at" TIMESTAMPTZ(3),

    CONSTRAINT "attempts_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_entries" (
    "id" BIGSERIAL NOT NULL,
    "project_id" TEXT NOT NULL,
    "batch_id" TEXT,
    "job_id" TEXT NOT NULL,
    "attempt_id" TEXT NOT NULL,
    "kind" TEXT NOT NULL,
    "amount_nano_usd" BIGINT NOT NULL,
    "basis" TEXT NOT NULL,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "ledger_entries_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "ledger_unfolded" (
    "entry_id" BIGINT NOT NULL,

    CONSTRAINT "ledger_unfolded_pkey" PRIMARY KEY ("entry_id")
);

-- CreateTable
CREATE TABLE "webhook_inbox" (
    "id" BIGSERIAL NOT NULL,
    "attempt_id" TEXT NOT NULL,
    "request_id" TEXT NOT NULL,
    "failed" BOOLEAN NOT NULL,
    "stale" BOOLEAN NOT NULL,
    "payload" JSONB,
    "digest" TEXT NOT NULL,
    "received_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "processed_at" TIMESTAMPTZ(3),

    CONSTRAINT "webhook_inbox_pkey" PRIMARY KEY ("id")
);

-- CreateTable
CREATE TABLE "orphan_acceptances" (
    "request_id" TEXT NOT NULL,
    "attempt_id" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "seen_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "orphan_acceptances_pkey" PRIMARY KEY ("request_id")
);

-- CreateTable
CREATE TABLE "idempotency_keys" (
    "project_id" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "fingerprint" TEXT,
    "lease_until" TIMESTAMPTZ(3) NOT NULL,
    "status" INTEGER,
    "body" JSONB,
    "created_at" TIMESTAMPTZ(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "idempotency_keys_pkey" PRIMARY KEY ("project_id","key")
);

-- CreateIndex
CREATE UNIQUE INDEX "api_keys_secret_hash_key" ON "api_keys"("secret_hash");

-- CreateIndex
CREATE INDEX "api_keys_project_id_idx" ON "api_keys"("project_id");

-- CreateIndex
CREATE UNIQUE INDEX "lanes_batch_id_key" ON "lanes"("batch_id");

-- CreateIndex
CREATE INDEX "batches_project_id_id_idx" ON "batches"("project_id", "id");

-- CreateIndex
CREATE UNIQUE INDEX "uploads_batch_id_key" ON "uploads"("batch_id");

-- CreateIndex
CREATE INDEX "jobs_project_id_id_idx" ON "jobs"("project_id", "id");

-- CreateIndex
CREATE INDEX "jobs_batch_id_row_no_idx" ON "jobs"("batch_id", "row_no");

-- CreateIndex
CREATE INDEX "jobs_batch_id_status_idx" ON "jobs"("batch_id", "status");

-- CreateIndex
CREATE UNIQUE INDEX "jobs_batch_id_custom_id_key" ON "jobs"("batch_id", "custom_id");

-- CreateIndex
CREATE UNIQUE INDEX "attempts_request_id_key" ON "attempts"("request_id");

-- CreateIndex
CREATE INDEX "attempts_batch_id_idx" ON "attempts"("batch_id");

-- CreateIndex
CREATE UNIQUE INDEX "attempts_job_id_n_key" ON "attempts"("job_id", "n");

-- CreateIndex
CREATE INDEX "ledger_entries_project_id_id_idx" ON "ledger_entries"("project_id", "id");

-- CreateIndex
CREATE INDEX "ledger_entries_batch_id_id_idx" ON "ledger_entries"("batch_id", "id");

-- CreateIndex
CREATE INDEX "ledger_entries_job_id_idx" ON "ledger_entries"("job_id");

-- CreateIndex
CREATE UNIQUE INDEX "ledger_entries_attempt_id_kind_key" ON "ledger_entries"("attempt_id", "kind");

-- CreateIndex
CREATE UNIQUE INDEX "webhook_inbox_attempt_id_digest_key" ON "webhook_inbox"("attempt_id", "digest");

-- AddForeignKey
ALTER TABLE "api_keys" ADD CONSTRAINT "api_keys_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lanes" ADD CONSTRAINT "lanes_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "lanes" ADD CONSTRAINT "lanes_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batches"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "batches" ADD CONSTRAINT "batches_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "batch_pauses" ADD CONSTRAINT "batch_pauses_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batches"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "uploads" ADD CONSTRAINT "uploads_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batches"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "import_chunks" ADD CONSTRAINT "import_chunks_upload_id_fkey" FOREIGN KEY ("upload_id") REFERENCES "uploads"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "rejected_rows" ADD CONSTRAINT "rejected_rows_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batches"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_batch_id_fkey" FOREIGN KEY ("batch_id") REFERENCES "batches"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "jobs" ADD CONSTRAINT "jobs_lane_id_fkey" FOREIGN KEY ("lane_id") REFERENCES "lanes"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "attempts" ADD CONSTRAINT "attempts_job_id_fkey" FOREIGN KEY ("job_id") REFERENCES "jobs"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_entries" ADD CONSTRAINT "ledger_entries_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "ledger_unfolded" ADD CONSTRAINT "ledger_unfolded_entry_id_fkey" FOREIGN KEY ("entry_id") REFERENCES "ledger_entries"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "webhook_inbox" ADD CONSTRAINT "webhook_inbox_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "orphan_acceptances" ADD CONSTRAINT "orphan_acceptances_attempt_id_fkey" FOREIGN KEY ("attempt_id") REFERENCES "attempts"("id") ON DELETE RESTRICT ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "idempotency_keys" ADD CONSTRAINT "idempotency_keys_project_id_fkey" FOREIGN KEY ("project_id") REFERENCES "projects"("id") ON DELETE RESTRICT ON UPDATE CASCADE;


