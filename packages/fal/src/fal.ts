/**
 * What the product may ask of fal, and every answer it can get. Whatever fal or the network does comes back as a
 * value; these functions throw only for our own bugs. Nothing else in the product knows fal's wire.
 */
import type { Failure } from '@reelay/core';

export interface FalConfig {
  /** The account's key, as fal shows it (`id:secret`). */
  readonly credentials: string;
  /** https://queue.fal.run, or a stand-in. */
  readonly queueUrl: string;
  readonly jwksUrl: string;
  /** https://api.fal.ai/v1, or a stand-in; null: no listing, so a lost answer has only callbacks as evidence. */
  readonly platformUrl?: string | null;
  readonly timeouts: { readonly submitMs: number; readonly readMs: number };
  /** Signs the token in each webhook URL. */
  readonly webhookSecret: string;
  /** Where fal can reach us; null when it can't, then only polling settles attempts. */
  readonly publicUrl: string | null;
  /** The account whose webhooks are ours; null accepts any account that fal signs for. */
  readonly webhookUserId: string | null;
}

export interface SubmitRequest {
  readonly endpointId: string;
  readonly input: Record<string, unknown>;
  readonly attemptId: string;
  readonly jobId: string;
  /** fal drops the request unpaid when it hasn't started by then; more than 1. */
  readonly startTimeoutSeconds: number;
  /** By default always. A process that was frozen since it claimed the attempt must not send any more. */
  readonly mayStillSend?: MayStillSend;
}

/** Asked once, when the connection stands and before the first byte is written: false keeps the request unsent. */
export type MayStillSend = () => boolean;

export type SubmitOutcome =
  | { readonly kind: 'accepted'; readonly requestId: string }
  /** Provably not accepted. */
  | { readonly kind: 'refused'; readonly failure: Failure }
  /** Bytes may have reached fal: it may run, and cost. */
  | { readonly kind: 'unknown'; readonly failure: Failure };

export type StatusOutcome =
  | { readonly kind: 'waiting'; readonly queuePosition: number | null }
  | { readonly kind: 'running' }
  /** Not success: only the result tells. `failed` is fal's hint. */
  | { readonly kind: 'completed'; readonly failed: boolean }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unavailable'; readonly failure: Failure };

export type ResultOutcome =
  | { readonly kind: 'succeeded'; readonly output: Record<string, unknown>; readonly billableUnits: string | null }
  | {
      readonly kind: 'failed';
      readonly failure: Failure;
      readonly billableUnits: string | null;
      readonly httpStatus: number;
    }
  | { readonly kind: 'not_finished' }
  | { readonly kind: 'gone' }
  /** Ask again later; never a reason to submit again. */
  | { readonly kind: 'unavailable'; readonly failure: Failure };

export interface ListingQuestion {
  readonly endpointId: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** Only this request. */
  readonly requestId?: string;
}

export interface ListedRequest {
  readonly requestId: string;
  readonly sentAtMs: number | null;
  /** The input as fal stored it; null when it keeps none. */
  readonly input: unknown;
  /** The output of a run that succeeded, as fal stored it. */
  readonly output?: Record<string, unknown> | null;
}

export type ListingOutcome =
  /** `complete`: every page was read. What is missing even then is no proof: fal records with a lag. */
  | { readonly kind: 'listed'; readonly requests: readonly ListedRequest[]; readonly complete: boolean }
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  | { readonly kind: 'not_available' };

export interface BilledQuestion {
  /** fal looks back ninety days at most. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly endpointId?: string;
  /** At most fifty. */
  readonly requestIds?: readonly string[];
}

/** One event of fal's bill. Units, unit price and discount are decimals as fal writes them; the cost alone is money. */
export interface BilledEvent {
  readonly requestId: string;
  readonly endpointId: string;
  readonly occurredAtMs: number;
  readonly outputUnits: string | null;
  readonly unitPrice: string | null;
  readonly percentDiscount: string | null;
  readonly costNanoUsd: bigint;
  /** sha-256 of all that it says: the same for an event that fal repeats. */
  readonly digest: string;
}

/** Events that fal has on its bill, each once. */
export type BilledOutcome =
  | { readonly kind: 'listed'; readonly events: readonly BilledEvent[]; readonly complete: boolean }
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  | { readonly kind: 'not_available' };

export interface UnitPrice {
  readonly endpointId: string;
  readonly unitPriceNanoUsd: bigint;
  readonly unit: string | null;
}

export type UnitPricesOutcome =
  | { readonly kind: 'read'; readonly prices: readonly UnitPrice[] }
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  | { readonly kind: 'not_available' };

/** What is left on the account; a debt counts as nothing left. */
export type BalanceOutcome =
  | { readonly kind: 'read'; readonly balanceNanoUsd: bigint }
  | { readonly kind: 'unavailable'; readonly failure: Failure }
  | { readonly kind: 'not_available' };

export interface ResultHint {
  /** fal's webhook or status said that the request failed. */
  readonly saidFailed: boolean;
}

export type CancelOutcome = 'requested' | 'already_completed' | 'gone' | 'unavailable';

export interface FalCallback {
  readonly requestId: string;
  readonly failed: boolean;
  readonly payload: unknown;
}

export type ForgedReason =
  | 'missing_header'
  | 'malformed_header'
  | 'body_too_large'
  | 'wrong_user'
  /** No key of fal's could be fetched, so nothing can be believed yet; fal delivers again. */
  | 'keys_unavailable'
  | 'bad_signature'
  | 'unreadable_body'
  | 'request_id_mismatch';

export type WebhookVerdict =
  | { readonly kind: 'valid'; readonly callback: FalCallback }
  /** Signed by fal, but too old or from the future: a hint to poll, nothing more. */
  | { readonly kind: 'stale'; readonly callback: FalCallback }
  | { readonly kind: 'forged'; readonly reason: ForgedReason };

export type WebhookHeaders = Record<string, string | string[] | undefined>;

export interface Fal {
  submit(request: SubmitRequest): Promise<SubmitOutcome>;
  status(endpointId: string, requestId: string): Promise<StatusOutcome>;
  result(endpointId: string, requestId: string, hint: ResultHint): Promise<ResultOutcome>;
  listRequests(question: ListingQuestion): Promise<ListingOutcome>;
  listBilled(question: BilledQuestion): Promise<BilledOutcome>;
  readUnitPrices(endpointIds: readonly string[]): Promise<UnitPricesOutcome>;
  readBalance(): Promise<BalanceOutcome>;
  cancel(endpointId: string, requestId: string): Promise<CancelOutcome>;
  /** Null when the deployment has no public URL. */
  webhookUrl(attemptId: string): string | null;
  isWebhookToken(attemptId: string, token: string): boolean;
  verifyWebhook(headers: WebhookHeaders, rawBody: Uint8Array, nowMs: number): Promise<WebhookVerdict>;
  close(): Promise<void>;
}
