export { createFal } from './create-fal.ts';
export type {
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
