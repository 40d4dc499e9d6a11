export { hashApiKey, isApiKey, makeApiKey } from './access/api-key.ts';
export type { ApiKeyView } from './access/api-key-view.ts';
export { type CreatedKey, createApiKey, type NewKey, TooManyKeys } from './access/create-api-key.ts';
export { type Authenticate, type Caller, createAuthenticator } from './access/create-authenticator.ts';
export { createProject } from './access/create-project.ts';
export { ensureLocalProject, type LocalAccess } from './access/ensure-local-project.ts';
export {
  ClaimLost,
  type ClaimOutcome,
  claimIdempotencyKey,
  type IdempotencyClaim,
  type IdempotentRequest,
  releaseIdempotencyKey,
  renewIdempotencyKey,
  type StoredAnswer,
  sealIdempotencyKey,
} from './access/idempotency.ts';
export { checkReadiness, isUnavailable, type Readiness, watchDatabase } from './access/is-unavailable.ts';
export { listApiKeys, type RevokedKey, revokeApiKey } from './access/project-keys.ts';
export { startAll, stopAll } from './account/stop-all.ts';
export { type SettleReport, settleAttempt } from './attempts/settle-attempt.ts';
export { type SubmitReport, submitAttempt } from './attempts/submit-attempt.ts';
export { auditLedger, type KnownHead, type LedgerAudit, type LedgerCheck } from './audit/audit-ledger.ts';
export { sealLedger } from './audit/seal-ledger.ts';
export { cancelBatch } from './batches/cancel-batch.ts';
export { type BatchChange, changeBatch } from './batches/change-batch.ts';
export { finishBatch } from './batches/finish-batch.ts';
export { confirmBatch, pauseBatch, resumeBatch } from './batches/pause-batch.ts';
export { type BulkRetry, type BulkRetryReport, retryBatch } from './batches/retry-batch.ts';
export type { BatchTarget, JobTarget, SteerReport } from './batches/steer-report.ts';
export { type BalanceReport, guardBalance } from './billing/guard-balance.ts';
export { type ReconcileReport, reconcile } from './billing/reconcile.ts';
export type { BudgetView } from './budgets/budget-view.ts';
export { type BudgetTarget, getBudget, listBudgets } from './budgets/list-budgets.ts';
export { type BudgetChange, removeBudget, setBudget } from './budgets/set-budget.ts';
export { type Context, enqueueAfterCommit, type Log, REAL_WORLD } from './context.ts';
export { createDeliverer, type Deliverer } from './deliveries/create-deliverer.ts';
export { createSecretBox, type SecretBox } from './deliveries/secret-box.ts';
export { deriveSeed } from './dispatch/attempt-of.ts';
export { type DispatchReport, dispatch } from './dispatch/dispatch.ts';
export {
  type ChangedEndpoint,
  type ChangeEndpoint,
  changeEndpoint,
  deleteEndpoint,
} from './endpoints/change-endpoint.ts';
export { type CreatedEndpoint, type CreateEndpoint, createEndpoint } from './endpoints/create-endpoint.ts';
export { ALL_EVENTS, type EndpointView } from './endpoints/endpoint-view.ts';
export { type DeliveryPage, type DeliveryView, listDeliveries } from './endpoints/list-deliveries.ts';
export { type EndpointTarget, getEndpoint, listEndpoints } from './endpoints/list-endpoints.ts';
export { type ReplayEndpoint, type ReplayView, replayEndpoint } from './endpoints/replay-endpoint.ts';
export { type RotateSecret, rotateSecret } from './endpoints/rotate-secret.ts';
export { testEndpoint } from './endpoints/test-endpoint.ts';
export { type BatchToEstimate, type EstimateReport, estimateBatch } from './estimates/estimate-batch.ts';
export { estimateFile, type FileEstimateReport, type FileToEstimate } from './estimates/estimate-file.ts';
export type { EstimateView } from './estimates/estimate-view.ts';
export { numberEvents } from './events/number-events.ts';
export { pruneLog } from './events/prune-log.ts';
export { type ErrorsQuestion, exportErrors } from './exports/export-errors.ts';
export { exportLedger, type LedgerExport } from './exports/export-ledger.ts';
export { type Export, exportResults, type ResultsQuestion } from './exports/export-results.ts';
export { FAILPOINTS, type FailpointName } from './failpoints.ts';
export type { BatchTerms, IntakeProblem } from './intake/batch-terms.ts';
export type { BeforeCommit } from './intake/before-commit.ts';
export { FILE_BYTES_MAX, type RefusedFile, type UploadTerms } from './intake/begin-upload.ts';
export { type BatchRequest, type CreateBatchReport, createBatch, INLINE_ROWS_MAX } from './intake/create-batch.ts';
export { type CreateJobReport, createJob, type JobRequest } from './intake/create-job.ts';
export type { FileProblem } from './intake/file/file-problem.ts';
export { type ImportReport, importRows } from './intake/import-rows.ts';
export { type ReceiveUploadReport, receiveUpload, type UploadRequest } from './intake/receive-upload.ts';
export { sweepUploads } from './intake/sweep-uploads.ts';
export type { BeforeUploadCommit } from './intake/upload.ts';
export { type CancelReport, cancelJob } from './jobs/cancel-job.ts';
export { type JobError, jobError } from './jobs/job-error.ts';
export type { InputProblem } from './jobs/reprice.ts';
export { type Resolution, resolveJob } from './jobs/resolve-job.ts';
export { type Retry, type RetryReport, retryJob } from './jobs/retry-job.ts';
export { type ObserveReport, observe, startObserving } from './observe/observe.ts';
export { type PatrolReport, patrol, tidy } from './patrol/patrol.ts';
export type { BatchView } from './reads/batch-view.ts';
export { getBatch, listBatches, listRejectedRows } from './reads/get-batch.ts';
export { type BatchPage, getJob, type JobQuery, listBatchJobs, listJobs } from './reads/get-job.ts';
export type { JobView } from './reads/job-view.ts';
export { type AttemptView, listAttempts } from './reads/list-attempts.ts';
export { type EventPage, type EventView, listEvents } from './reads/list-events.ts';
export { type IncidentView, listIncidents } from './reads/list-incidents.ts';
export { type LedgerEntryView, type LedgerPage, listLedger } from './reads/list-ledger.ts';
export { listSpend, type SpendQuery, type SpendView } from './reads/list-spend.ts';
export type { ListView } from './reads/views.ts';
export { exportStatement, type StatementFormat, type StatementQuestion } from './statement/statement.ts';
export { type IncomingCallback, type ReceiveReport, receiveWebhook } from './webhooks/receive-webhook.ts';
