export { classifyCancel } from './cancel.ts';
export { createFal } from './create-fal.ts';
export type {
  BilledOutcome,
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
  WebhookHeaders,
  WebhookVerdict,
} from './fal.ts';
export { classifyResult } from './result.ts';
export { classifyStatus } from './status.ts';
export { classifySubmit } from './submit-failure.ts';
export { isWebhookToken, webhookToken } from './webhook/webhook-token.ts';
export type { Answer } from './wire/answer.ts';
export type { PostOutcome } from './wire/post-once.ts';
