export { LIVE_KEYS_MAX, SCOPES, type Scope } from './access/scopes.ts';
export {
  ADOPTABLE_ATTEMPT_STATES,
  ATTEMPT_TRANSITIONS,
  type AttemptState,
  canMoveAttempt,
  LIVE_ATTEMPT_STATES,
} from './attempts/attempt-states.ts';
export {
  decideResubmit,
  EMPTY_LOOKS_NEEDED,
  type ResubmitDecision,
  type ResubmitFacts,
  unknownBudget,
} from './attempts/decide-resubmit.ts';
export {
  EVIDENCE_MAX,
  type Evidence,
  type KeptEvidence,
  keepEvidence,
  type LookEvidence,
} from './attempts/evidence.ts';
export { type ListedInput, type ListingMatch, matchListing, type SentInput } from './attempts/match-listing.ts';
export { type Recognised, type Remembered, recognise } from './attempts/recognise.ts';
export { seedFromDigest } from './attempts/seed.ts';
export {
  BATCH_STATES,
  type BatchState,
  type BatchStatus,
  batchStatus,
  OPEN_BATCH_STATES,
  PAUSE_REASONS,
  type PauseReason,
  strongestPause,
  TERMINAL_BATCH_STATES,
} from './batches/batch-states.ts';
export { decideResume, type ResumeDecision, type ResumeFacts } from './batches/decide-resume.ts';
export { type StartTerms, waitsForConfirmation } from './batches/waits-for-confirmation.ts';
export { billingWindowMs, firstBillLookMs, nextBillLookMs, nextBookingMs } from './billing/bill-schedule.ts';
export { type BilledRequest, type Booking, bookEvent } from './billing/book-event.ts';
export {
  type ChargedAndBilled,
  DIFFERENCE_REASONS,
  type DifferenceReason,
  differenceReason,
} from './billing/difference-reason.ts';
export { BALANCE_SCOPE, balanceLimit, rowsCovered } from './billing/judge-balance.ts';
export { brakeMessage, type Cause } from './brakes/brake-message.ts';
export {
  type BrakeFacts,
  type BrakeReason,
  errorRateOf,
  judgeBrakes,
  type PauseIf,
} from './brakes/judge-brakes.ts';
export {
  BUDGET_PERIODS,
  type BudgetOwner,
  type BudgetPeriod,
  batchScope,
  DEPLOYMENT_SCOPE,
  keyScope,
  projectScope,
  scopesOf,
} from './budgets/scopes-of.ts';
export { DEFAULT_MODEL_ID, findModel, MODELS } from './catalogue/catalogue.ts';
export type { Model, PriceUnknown, PriceVersion } from './catalogue/model.ts';
export { DELIVERY_WAITS_MS, nextTryMs } from './deliveries/delivery-schedule.ts';
export {
  DELIVERY_STATES,
  type DeliveryState,
  DISABLED_REASONS,
  type DisabledReason,
  ENDPOINT_KINDS,
  type EndpointKind,
} from './deliveries/delivery-states.ts';
export {
  BREAKER_FAILURES,
  CALLS_PER_ENDPOINT_MAX,
  ENDPOINTS_PER_PROJECT_MAX,
  NOTICE_PERCENTS,
  type NoticePercent,
  noticeFor,
  overloadPauseMs,
  probePauseMs,
  rotationOverlapMs,
} from './deliveries/endpoint-health.ts';
export { type AnswerVerdict, type CallEnd, judgeAnswer } from './deliveries/judge-answer.ts';
export { type Budget, type BudgetFit, type Candidate, fitBudgets, type Shortage } from './dispatch/fit-budgets.ts';
export { type Lane, planShare } from './dispatch/plan-share.ts';
export { DIGEST_BYTES, DigestIndex, type Seen } from './estimates/digest-index.ts';
export { findRepeats, type Repeats, type RepeatsSoFar } from './estimates/find-repeats.ts';
export { type RowsTally, type Share, type TallySoFar, tallyRows } from './estimates/tally-rows.ts';
export { worstCaseOf } from './estimates/worst-case.ts';
export { EVENT_TYPES, type EventType } from './events/event-types.ts';
export { jobEventOf } from './events/job-event.ts';
export { classOf, FAILURE_CLASSES, type Failure, type FailureClass, type FailureKind } from './failures/failure.ts';
export { ID_PREFIXES, ID_RANDOM_BYTES, type IdKind, isId, makeId } from './ids/ids.ts';
export { nextId } from './ids/next-id.ts';
export { blockedCallback, type CallbackFault } from './intake/blocked-callback.ts';
export { type ClaimCustomId, claimCustomIds, repeatedCustomId } from './intake/claim-custom-ids.ts';
export {
  type Column,
  type ColumnNaming,
  type ColumnPlan,
  type ColumnProblem,
  countKnownHeaders,
  ERROR_COLUMNS,
  planColumns,
  targetOf,
} from './intake/columns.ts';
export { markFormula, unmarkFormula } from './intake/formula-cell.ts';
export { type ModelField, modelFields } from './intake/model-fields.ts';
export { CELL_LENGTH_MAX, parseCells } from './intake/parse-cells.ts';
export { parseRowObject } from './intake/parse-row-object.ts';
export { columnsOf, keptCell, rowCells, rowNames } from './intake/row-cells.ts';
export {
  type BatchDefaults,
  type DefaultsOutcome,
  type OverridesOutcome,
  readDefaults,
  readOverrides,
} from './intake/row-defaults.ts';
export { ROW_FIELD_NAMES, type RowFieldName } from './intake/row-fields.ts';
export type { ParsedRow, RowDefaults, RowOutcome, RowPlan } from './intake/row-plan.ts';
export { pointerTo, type RowProblem, shownValue, storable } from './intake/row-problem.ts';
export {
  isTerminal,
  JOB_STATUSES,
  type JobStatus,
  RETRYABLE_JOB_STATUSES,
  TERMINAL_JOB_STATUSES,
} from './jobs/job-states.ts';
export { FIRST_PREVIOUS_HASH, type SealedEntry, sealText } from './ledger/seal-text.ts';
export { formatUsd, type NanoUsd, parseUsd } from './money/nano-usd.ts';
export { costPerRow, forecastRest, type PilotCost } from './pilot/forecast-rest.ts';
export { PILOT_STRATEGIES, type PilotStrategy, pilotPlaces } from './pilot/pilot-places.ts';
export {
  DEFAULT_IN_FLIGHT_MAX,
  DEFAULT_POLICY,
  DEFAULT_SUBMITS_PER_SECOND,
  DEFAULT_UNKNOWN_BUDGET_PERCENT,
  makePolicy,
  type Policy,
  scaled,
  submitLimiter,
} from './policy/policy.ts';
export { type Charge, type ChargeBasis, chargeFor, costOfUnits, priceAt, type Quote, quote } from './pricing/price.ts';
export {
  decideEmbargo,
  decideOutage,
  type Embargo,
  isVerdictOnJob,
  type UnclearStanding,
} from './retry/decide-embargo.ts';
export { decideRetry, NEVER_RAN, type RetryDecision, type RetryQuestion } from './retry/decide-retry.ts';
export {
  nextEvidenceMs,
  nextPollMs,
  outcomeDeadlineMs,
  readAgainMs,
  TASK_MADE_MAX,
  taskLostMs,
  unknownSlotMs,
} from './schedule/attempt-schedule.ts';
export {
  type LookTaken,
  type NextLook,
  nextLook,
  reviewDeadlineMs,
  scheduleEndMs,
  spentAfterMs,
} from './schedule/look-schedule.ts';
