export { createFal } from './create-fal.ts';
export type {
  CancelOutcome,
  Fal,
  FalCallback,
  FalConfig,
  ForgedReason,
  ResultHint,
  ResultOutcome,
  StatusOutcome,
  SubmitOutcome,
  SubmitRequest,
  WebhookHeaders,
  WebhookVerdict,
} from './fal.ts';
