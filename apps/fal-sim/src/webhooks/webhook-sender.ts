// Delivers the callback of each finished request: signed, tried again with growing pauses until somebody answers 2xx, a
// redirect ends it, or the result expires. Faults lose, delay, repeat or precede the callback; a forged one is always
// an extra beside the true one, and being answered 2xx tells nobody anything.
import { drawUnit } from '../chance.ts';
import type { SimClock } from '../clock.ts';
import type { FaultDice } from '../faults/fault-dice.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { resultExpiresAtSimMs } from '../result-expiry.ts';
import type { SimSettings } from '../sim-options.ts';
import type { Outcome, SimRequest } from '../sim-request.ts';
import { RETRY_SCHEDULES, retryDelayMs } from './retry-schedule.ts';
import { OTHER_USER_ID, signWebhook, WEBHOOK_USER_ID } from './sign-webhook.ts';
import type { SigningKeys } from './signing-keys.ts';
import { buildForgedBody, buildWebhookBody } from './webhook-body.ts';
import type { WebhookPoster } from './webhook-poster.ts';

const FIRST_TIMEOUT_MS = 15_000;
const RETRY_TIMEOUT_MS = 120_000;
const STALE_BY_SECONDS = 3_600;

export interface WebhookCounts {
  /** True callbacks posted, first tries, retries and repeats alike. */
  sent: number;
  /** Requests whose callback was answered 2xx. */
  delivered: number;
  /** Requests whose callback will not be tried again: redirected, out of retries, or the result has expired. */
  given_up: number;
  lost: number;
  duplicated: number;
  forged: number;
}

export interface WebhookSenderParts {
  readonly settings: SimSettings;
  readonly clock: SimClock;
  readonly dice: FaultDice;
  readonly ledger: Ledger;
  readonly keys: SigningKeys;
  readonly poster: WebhookPoster;
}

interface Callback {
  readonly request: SimRequest;
  readonly outcome: Outcome;
  readonly url: string;
  readonly body: string;
  firstStampSeconds: number | null;
}

export class WebhookSender {
  readonly #parts: WebhookSenderParts;
  readonly counts: WebhookCounts = { sent: 0, delivered: 0, given_up: 0, lost: 0, duplicated: 0, forged: 0 };

  constructor(parts: WebhookSenderParts) {
    this.#parts = parts;
    for (const { webhookEnd } of parts.ledger.requests()) {
      if (webhookEnd === 'delivered') this.counts.delivered += 1;
      if (webhookEnd === 'given_up') this.counts.given_up += 1;
      if (webhookEnd === 'lost') this.counts.lost += 1;
    }
  }

  /** Starts the delivery; `late` is ignored when the caller needs the callback now. Resolves after the first try. */
  async deliver(request: SimRequest, options: { atOnce: boolean }): Promise<void> {
    const callback = this.#prepare(request);
    if (!callback) return;
    try {
      await request.outcomeSaved;
    } catch {
      return;
    }
    const late = options.atOnce ? undefined : this.#parts.dice.askOnce('webhook.late', request);
    if (late) {
      this.#parts.clock.schedule(late.amount, () => void this.#deliverFirst(callback));
      return;
    }
    await this.#deliverFirst(callback);
  }

  #prepare(request: SimRequest): Callback | undefined {
    const { outcome, webhookUrl: url } = request;
    if (!outcome || url === null || request.webhookEnd !== null) return undefined;
    if (outcome.status === 'cancelled' && !outcome.ran) return undefined;
    const payloadNull = outcome.httpStatus < 300 && this.#parts.dice.askOnce('webhook.payload_null', request);
    const body = buildWebhookBody(request, outcome, { payloadNull: Boolean(payloadNull) });
    return { request, outcome, url, body, firstStampSeconds: null };
  }

  async #deliverFirst(callback: Callback): Promise<void> {
    await this.#postForgeries(callback);
    const { dice, ledger, settings } = this.#parts;
    const { request } = callback;
    if (dice.askOnce('webhook.lose', request)) {
      this.counts.lost += 1;
      ledger.endWebhook(request, 'lost');
      return;
    }
    if (!dice.askOnce('webhook.duplicate', request)) {
      await this.#try(callback, 0);
      return;
    }
    const extras = drawUnit(settings.seed, 'duplicates', request.inputSha256, request.ordinal) < 0.5 ? 1 : 2;
    this.counts.duplicated += extras;
    const [first, ...others] = [this.#try(callback, 0), this.#post(callback, FIRST_TIMEOUT_MS)];
    await Promise.all([first, ...others]);
    if (extras === 2) await this.#post(callback, FIRST_TIMEOUT_MS);
  }

  async #try(callback: Callback, nth: number): Promise<void> {
    const status = await this.#post(callback, nth === 0 ? FIRST_TIMEOUT_MS : RETRY_TIMEOUT_MS);
    const { clock, ledger, settings } = this.#parts;
    if (status !== null && status >= 200 && status < 300) {
      if (callback.request.webhookEnd !== null) return;
      this.counts.delivered += 1;
      ledger.endWebhook(callback.request, 'delivered');
      return;
    }
    const delayMs = retryDelayMs(RETRY_SCHEDULES[settings.webhookSchedule], nth + 1);
    const isRedirect = status !== null && status >= 300 && status < 400;
    if (isRedirect || delayMs === null || clock.nowMs() + delayMs >= this.#triesEndAtSimMs(callback.outcome)) {
      this.counts.given_up += 1;
      ledger.endWebhook(callback.request, 'given_up');
      return;
    }
    clock.schedule(delayMs, () => void this.#try(callback, nth + 1));
  }

  async #post(callback: Callback, timeoutMs: number): Promise<number | null> {
    const { keys, ledger, poster, settings } = this.#parts;
    callback.firstStampSeconds ??= nowSeconds();
    const timestampSeconds = settings.webhookRestamp ? nowSeconds() : callback.firstStampSeconds;
    const stamp = { requestId: callback.request.id, userId: WEBHOOK_USER_ID, timestampSeconds };
    this.counts.sent += 1;
    const status = await poster.post(callback.url, callback.body, signWebhook(callback.body, stamp, keys), timeoutMs);
    if (status !== null && status >= 200 && status < 300) await ledger.tell(callback.request).catch(() => undefined);
    return status;
  }

  /** One after the other and before the true callback: the receiver has nothing better to go by. */
  async #postForgeries({ request, outcome, url, body }: Callback): Promise<void> {
    const { dice, keys, poster } = this.#parts;
    const stamp = { requestId: request.id, userId: WEBHOOK_USER_ID, timestampSeconds: nowSeconds() };
    const lie = buildForgedBody(request, outcome);
    const forgeries: [string, Record<string, string>][] = [];
    if (dice.askOnce('webhook.bad_signature', request)) {
      const signature = 'ab'.repeat(64);
      forgeries.push([lie, { ...signWebhook(lie, stamp, keys), 'x-fal-webhook-signature': signature }]);
    }
    if (dice.askOnce('webhook.stale_timestamp', request)) {
      const timestampSeconds = stamp.timestampSeconds - STALE_BY_SECONDS;
      forgeries.push([body, signWebhook(body, { ...stamp, timestampSeconds }, keys)]);
    }
    if (dice.askOnce('webhook.wrong_user', request)) {
      forgeries.push([lie, signWebhook(lie, { ...stamp, userId: OTHER_USER_ID }, keys)]);
    }
    for (const [forgedBody, headers] of forgeries) {
      this.counts.forged += 1;
      await poster.post(url, forgedBody, headers, FIRST_TIMEOUT_MS);
    }
  }

  #triesEndAtSimMs(outcome: Outcome): number {
    const { windowMs } = RETRY_SCHEDULES[this.#parts.settings.webhookSchedule];
    const expiresAtSimMs = resultExpiresAtSimMs(outcome, this.#parts.settings);
    return windowMs === null ? expiresAtSimMs : outcome.finishedAtSimMs + windowMs;
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000);
}
