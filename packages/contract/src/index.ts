export {
  apiKeyListSchema,
  apiKeySchema,
  createApiKeySchema,
  createdApiKeySchema,
  listApiKeysQuerySchema,
} from './api-keys.ts';
export {
  type Batch,
  batchListSchema,
  batchSchema,
  batchStatusSchema,
  rejectedRowListSchema,
  retriedBatchSchema,
} from './batches/batch.ts';
export {
  type CreateBatch,
  cancelBatchSchema,
  changeBatchSchema,
  createBatchSchema,
  INLINE_ROWS_MAX,
  listBatchesQuerySchema,
  listRejectedRowsQuerySchema,
  noBodySchema,
  resultsQuerySchema,
  retryBatchSchema,
} from './batches/batch-requests.ts';
export { type ImportOptions, importOptionsSchema } from './batches/import-options.ts';
export {
  type Budget,
  budgetListSchema,
  budgetSchema,
  removeBudgetQuerySchema,
  setBudgetSchema,
  shortageSchema,
} from './budgets.ts';
export { type ModelView, modelListSchema, modelSchema } from './catalogue/model.ts';
export { deploymentSchema, healthSchema, readinessSchema } from './deployment.ts';
export { ERROR_CODES, type ErrorCode } from './errors/error-codes.ts';
export { type Problem, type ProblemDetail, problemSchema } from './errors/problem.ts';
export {
  type Estimate,
  type EstimateOptions,
  estimateBatchSchema,
  estimateOptionsSchema,
  estimateSchema,
} from './estimates/estimate.ts';
export { type Event, eventListSchema, eventPayloadSchema, eventSchema, listEventsQuerySchema } from './events.ts';
export { incidentListSchema, incidentSchema, listIncidentsQuerySchema } from './incidents.ts';
export { type Attempt, attemptListSchema, attemptSchema } from './jobs/attempt.ts';
export { type Job, type JobError, type JobList, jobListSchema, jobSchema, jobStatusSchema } from './jobs/job.ts';
export {
  type CreateJob,
  CUSTOM_ID_LENGTH_MAX,
  cancelJobSchema,
  createJobSchema,
  listAttemptsQuerySchema,
  listBatchJobsQuerySchema,
  listJobsQuerySchema,
  type RetryJob,
  resolveJobSchema,
  retryJobSchema,
} from './jobs/job-requests.ts';
export { exportLedgerQuerySchema, ledgerEntrySchema, ledgerListSchema, listLedgerQuerySchema } from './ledger.ts';
export { listSpendQuerySchema, type Spend, spendListSchema, spendSchema } from './spend.ts';
export { type Statement, statementQuerySchema, statementSchema } from './statement.ts';
export {
  changeWebhookEndpointSchema,
  createdWebhookEndpointSchema,
  createWebhookEndpointSchema,
  listWebhookDeliveriesQuerySchema,
  listWebhookEndpointsQuerySchema,
  replayWebhookSchema,
  rotatedSecretSchema,
  webhookDeliveryListSchema,
  webhookDeliverySchema,
  webhookEndpointListSchema,
  webhookEndpointSchema,
  webhookReplaySchema,
  webhookTestSchema,
} from './webhook-endpoints.ts';
