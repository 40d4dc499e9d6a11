export { type ApiKeyHolder, findApiKey, insertApiKey, insertProject, type NewApiKey } from './access/api-keys.ts';
export {
  claimKey,
  type KeyClaim,
  type KeyRequest,
  readKey,
  releaseKey,
  renewKey,
  sealKey,
} from './access/idempotency.ts';
export { type ApiKeyRow, lockLiveKeys, markRevoked, readApiKey, readApiKeys } from './access/project-keys.ts';
export { isDbUnreachable, pingDb } from './access/reachability.ts';
export { type DbWatch, watchDb } from './access/watch-db.ts';
export {
  clearRefusals,
  countStarted,
  countStartTimeout,
  countUnclear,
  readRefusalsInRow,
  setDeploymentLimit,
  setEmbargo,
  setInFlightMax,
  setStopped,
} from './account.ts';
export { claimCancelAsk, findCancellableAttempt, forgetCancelAsk, requestCancel } from './attempts/cancelling.ts';
export { claimDueClaims, clearClaim, noteReview, postponeClaim, storeClaim } from './attempts/claims.ts';
export {
  addEvidence,
  findRequestHolder,
  hasRivalTwin,
  readBoundRequests,
} from './attempts/evidence.ts';
export {
  closeJob,
  failJobs,
  type JobOutcome,
  markOutcomeUnknown,
  parkForReview,
  reactivateJob,
  requeueJob,
} from './attempts/job-moves.ts';
export { readJobSpent } from './attempts/job-spent.ts';
export { type AttemptRow, type AttemptWithJob, type JobRow, loadAttempt } from './attempts/load-attempt.ts';
export { type LookMade, type LookState, type LookTimes, readLookState, recordLook } from './attempts/looks.ts';
export {
  claimDueOrphans,
  claimOrphanCancel,
  forgetOrphanCancel,
  hasOrphan,
  insertOrphan,
  isOrphan,
  isOrphanOlderThan,
  isOrphanSettled,
  lockRequest,
  markOrphanSettled,
  type OrphanEnd,
  type OrphanRow,
  openOrphans,
  scheduleOrphan,
} from './attempts/orphans.ts';
export {
  countFailedAs,
  findLiveAttempt,
  hasLiveAttempt,
  hasUnprovenAttempt,
  isOutcomeOverdue,
  markOutcome,
  type Outcome,
  scheduleCheck,
  type Unconfirmed,
} from './attempts/outcome.ts';
export { declareLostByRule, lockBatchForRule, type RuleRow, readRuleRow } from './attempts/resubmitting.ts';
export {
  type Acceptance,
  claimForSending,
  embargoLeftMs,
  isSendOverdue,
  markAccepted,
  markRefused,
  markUnknown,
  releaseAttempt,
  type SendClaim,
} from './attempts/sending.ts';
export { type AttemptForAudit, type OrphanForAudit, readAttemptsForAudit } from './audit/attempts-for-audit.ts';
export { inSnapshot, LEDGER_QUESTIONS, type LedgerFault, type LedgerQuestion } from './audit/ledger-faults.ts';
export {
  addPause,
  type BatchRow,
  beginCancel,
  cancellingBatches,
  cancelQueuedJobs,
  closeFinishedBatch,
  hasOpenJobs,
  holdBatch,
  isBatchOpen,
  liveAttemptIds,
  lockBatch,
  removePause,
  reopenBatch,
  requestCancelOfActive,
  setBatchCap,
  setBatchMetadata,
  setBatchName,
  setBatchWeight,
  setQueuedPriority,
  startConfirmed,
} from './batches.ts';
export {
  type BalanceNeeds,
  type BalanceSeen,
  noteBalanceUnknown,
  readBalanceLeft,
  readBalanceNeeds,
  readUnderWay,
  setBalanceLow,
  storeBalance,
  type UnderWay,
} from './billing/balance.ts';
export { moveBillCursor, readBillCursor } from './billing/bill-cursor.ts';
export {
  addToBill,
  type BillRow,
  type BillTimes,
  claimDueBills,
  closeWithoutEvent,
  type DueBill,
  lockBill,
  lockOpenBill,
  postponeBill,
} from './billing/bills.ts';
export { type ChargedRow, findBilled, hasCharge, isReleased, readCharged } from './billing/charged.ts';
export {
  type BillingEventRow,
  dueBillingEvents,
  findBillingEvent,
  hasUnclaimedBill,
  isSeenBefore,
  lockUnbooked,
  markBooked,
  type NewBillingEvent,
  postponeBooking,
  storeBillingEvents,
} from './billing/events.ts';
export {
  closeIncident,
  closeIncidentsUnder,
  type IncidentKind,
  type NewIncident,
  raiseIncident,
} from './billing/incidents.ts';
export { readSeenUnitPrice, storeUnitPrice } from './billing/prices-seen.ts';
export {
  type BrakedBatch,
  pauseByItself,
  readBrakedBatches,
  readMainCause,
  readPauses,
  releasePilot,
  restartBrakes,
  setMaxWaste,
  setPauseIf,
} from './brakes.ts';
export { foldLedger } from './budgets/fold-ledger.ts';
export {
  type BudgetKey,
  type CrossedBudget,
  markThresholds,
  type NewLimit,
  removeLimit,
  setLimit,
} from './budgets/limits.ts';
export { readBudgets, reserveBudgets } from './budgets/reservations.ts';
export {
  clearBudgetPauses,
  clearShortages,
  type PausedBatch,
  setBudgetPauses,
  setShortages,
} from './budgets/shortages.ts';
export { type Moment, readMoment, rollBudgets } from './budgets/windows.ts';
export { connectDb, type Db, type DbConfig, inTransaction, type Tx } from './client.ts';
export { type ClaimedDelivery, claimDeliveries, type DeliveryClaim } from './deliveries/claim-deliveries.ts';
export {
  clearFailures,
  countFailure,
  type DeliveryHold,
  type DeliveryTryRow,
  type EndpointHealth,
  giveBackDelivery,
  lockUnhealthy,
  markDelivered,
  markTold,
  markTried,
  noteDue,
  throttleEndpoint,
} from './deliveries/delivery-results.ts';
export {
  changeEndpointRow,
  countRegistered,
  deleteEndpointRow,
  disableEndpoint,
  type EndpointChange,
  type EndpointRow,
  enableEndpoint,
  insertEndpoint,
  lockEndpoint,
  type NewEndpoint,
} from './deliveries/endpoints.ts';
export { fanOut } from './deliveries/fan-out.ts';
export { projectsToPrune, pruneEvents, pruneTries } from './deliveries/prune-events.ts';
export { type ReplayRange, replayEvents } from './deliveries/replay.ts';
export {
  insertSecretOnce,
  type LiveSecrets,
  readLiveSecrets,
  rotateSecretRow,
  type SealedSecret,
} from './deliveries/signing-secrets.ts';
export {
  type AccountRow,
  countSlots,
  insertReservations,
  type JobHead,
  type LaneRow,
  type LaneSlots,
  lockAccount,
  markServed,
  type NewAttempt,
  openLanes,
  type ReservationTimes,
  readAccount,
  takeHeads,
  wakeBackoffs,
} from './dispatch.ts';
export {
  appendEvent,
  appendEvents,
  type NewEvent,
  numberNextEvents,
  projectsToNumber,
  tryEventHeadLock,
} from './events.ts';
export {
  type ExportBatch,
  type RejectedCells,
  readExportBatch,
  readRejectedCells,
} from './exports/export-batch.ts';
export { type Callback, insertCallback, markProcessed, readCallbacks } from './inbox.ts';
export { type Checkpoint, type CheckpointOutcome, type CheckpointRange, inCheckpoint } from './intake/checkpoint.ts';
export {
  closeUpload,
  deleteJobsOfFailedImport,
  failImport,
  finishImport,
  type ImportEnd,
  type ImportTotals,
} from './intake/finish-import.ts';
export {
  claimUpload,
  type ImportClaim,
  readBatchState,
  readChunkSlice,
  releaseUploadClaim,
  renewUploadClaim,
} from './intake/import-claim.ts';
export {
  ensureSingleLane,
  insertBatch,
  moveToSingleLane,
  type NewBatch,
} from './intake/new-batch.ts';
export {
  insertJobs,
  insertRejectedRows,
  type JobsHome,
  type NewJob,
  type NewRejectedRow,
} from './intake/new-jobs.ts';
export { failBatch, startBatch } from './intake/start-batch.ts';
export {
  appendChunk,
  deleteIdleUploads,
  deleteUpload,
  insertUpload,
  linkUpload,
  type NewUpload,
} from './intake/uploads.ts';
export { appendLedger, type LedgerLine } from './ledger.ts';
export { migrate } from './migrate.ts';
export {
  beginObserving,
  countOrphansBesideReserved,
  endObserving,
  type ForgottenAttempt,
  findJobsByInput,
  findRememberedAttempt,
  insertForgottenAttempt,
  lockJobById,
  markSentBefore,
  noteObservation,
  type RememberedJob,
  readObservedFrom,
} from './observe.ts';
export {
  claimDueAttempts,
  type DueAttempt,
  failOverdueReviews,
  finishableBatches,
  pruneExpired,
  unreadCallbacks,
  unreadUploads,
} from './patrol.ts';
export { claimProgress, type ProgressingBatch, progressingBatches } from './progress.ts';
export { type AttemptReading, type OrphanReading, readAttempts } from './reads/attempts.ts';
export {
  type BatchReading,
  hasBatch,
  type PilotReading,
  type RejectedRowOfPage,
  type RejectedRowReading,
  readBatch,
  readBatches,
  readRejectedRows,
} from './reads/batches.ts';
export { type BudgetReading, hasApiKey, readBudgetsOf } from './reads/budgets.ts';
export {
  type DeliveryReading,
  type DeliveryTryReading,
  type EndpointReading,
  hasEndpoint,
  readDeliveries,
  readEndpoint,
  readEndpoints,
  readTries,
} from './reads/endpoints.ts';
export { type EventFilter, type EventReading, readEvents, readOldestSeq } from './reads/events.ts';
export { type IncidentRow, readIncidents } from './reads/incidents.ts';
export {
  hasJob,
  type JobFilter,
  type JobReading,
  readBatchJobs,
  readJob,
  readJobs,
  readJobsById,
  readRowNo,
} from './reads/jobs.ts';
export { type LedgerFilter, readLedger } from './reads/ledger.ts';
export type { Page, PageOf } from './reads/page.ts';
export { readSpend, type SpendFilter, type SpendGrouping, type SpendRow } from './reads/spend.ts';
export {
  readStatementBatch,
  readStatementRows,
  type StatementAttempt,
  type StatementBatch,
  type StatementCost,
  type StatementRow,
} from './reads/statement.ts';
export {
  declareLost,
  findUnsettledAttempt,
  lockJob,
  pageForRetry,
  type Reopening,
  type RetryFilter,
  reopenJobs,
} from './reopen.ts';
export {
  type BlockRow,
  countSealFaults,
  countUnsealed,
  type Head,
  hasUnsealed,
  insertBlock,
  readBlockHash,
  readBlocks,
  readHead,
  readSealedEntries,
  type SealCounts,
  takeUnsealed,
  trySealLock,
} from './seals.ts';
