export { classifyCancel } from './cancel.ts';
export { createFal } from './create-fal.ts';
export type {
  BalanceOutcome,
  BilledEvent,
  BilledOutcome,
  BilledQuestion,
  CancelOutcome,
  Fal,
  FalCallback,
  FalConfig,
  ForgedReason,
  ListedRequest,
  ListingOutcome,
  ListingQuestion,
  MayStillSend,
  ResultHint,
  ResultOutcome,
  StatusOutcome,
  SubmitOutcome,
  SubmitRequest,
  UnitPrice,
  UnitPricesOutcome,
  WebhookHeaders,
  WebhookVerdict,
} from './fal.ts';
export { BILLED_REQUESTS_MAX } from './platform/list-billed.ts';
export { classifyResult } from './result.ts';
export { classifyStatus } from './status.ts';
export { classifySubmit } from './submit-failure.ts';
export { isWebhookToken, webhookToken } from './webhook/webhook-token.ts';
export type { Answer } from './wire/answer.ts';
export type { PostOutcome } from './wire/post-once.ts';
