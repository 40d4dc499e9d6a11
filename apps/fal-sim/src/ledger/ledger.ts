// The ledger: every accepted request with what became of it and what it cost. It is the oracle a test asks, so an
// acceptance is durable before its caller hears of it, and an outcome before anyone is told.
import type { Outcome, SimRequest, WebhookEnd } from '../sim-request.ts';
import type { Acceptance, LedgerEvent } from './ledger-event.ts';
import type { LedgerFile } from './ledger-file.ts';

export class Ledger {
  readonly #file: LedgerFile | undefined;
  readonly #requests = new Map<string, SimRequest>();
  readonly #acceptedByInput = new Map<string, number>();
  #sequence = 0;
  #lastSimMs = 0;
  submitsSeen = 0;
  locked = false;
  keyRotations = 0;
  billedNanoUsd = 0n;
  /** What was billed since the account was last unlocked: the balance is counted against this. */
  billedSinceUnlockNanoUsd = 0n;

  constructor(file?: LedgerFile, events: readonly LedgerEvent[] = []) {
    this.#file = file;
    for (const event of events) this.#replay(event);
  }

  get lastSimMs(): number {
    return this.#lastSimMs;
  }

  requests(): Iterable<SimRequest> {
    return this.#requests.values();
  }

  find(id: string): SimRequest | undefined {
    return this.#requests.get(id);
  }

  noteSubmitSeen(): void {
    this.submitsSeen += 1;
    this.#file?.note({ event: 'seen' });
  }

  async accept(acceptance: Omit<Acceptance, 'sequence'>): Promise<SimRequest> {
    this.#sequence += 1;
    const numbered = { ...acceptance, sequence: this.#sequence };
    await this.#file?.commit({ event: 'accepted', simMs: acceptance.acceptedAtSimMs, request: numbered });
    return this.#admit(numbered);
  }

  noteStarted(request: SimRequest, atMs: number, simMs: number): void {
    this.#setStarted(request, atMs, simMs);
    this.#file?.note({ event: 'started', simMs, id: request.id, atMs });
  }

  finish(request: SimRequest, outcome: Outcome): void {
    const saved = this.#file?.commit({
      event: 'finished',
      simMs: outcome.finishedAtSimMs,
      id: request.id,
      gatewayRequestId: request.gatewayRequestId,
      outcome,
    });
    this.#setOutcome(request, outcome);
    if (!saved) return;
    request.outcomeSaved = saved;
    // Whoever answers awaits the promise and fails; this only keeps an unread failure from ending the program.
    saved.catch(() => undefined);
  }

  /** Only the first telling counts. */
  tell(request: SimRequest): void {
    if (request.toldAtMs !== null) return;
    request.toldAtMs = Date.now();
    this.#file?.note({ event: 'told', id: request.id, atMs: request.toldAtMs });
  }

  endWebhook(request: SimRequest, end: WebhookEnd): void {
    request.webhookEnd = end;
    this.#file?.note({ event: 'webhook', id: request.id, end });
  }

  setLocked(locked: boolean): void {
    this.#applyLock(locked);
    this.#file?.note({ event: 'locked', locked });
  }

  noteKeysRotated(): void {
    this.keyRotations += 1;
    this.#file?.note({ event: 'keys_rotated' });
  }

  noteClock(simMs: number): void {
    this.#file?.note({ event: 'clock', simMs });
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  #admit(acceptance: Acceptance): SimRequest {
    const ordinal = this.#acceptedByInput.get(acceptance.inputSha256) ?? 0;
    this.#acceptedByInput.set(acceptance.inputSha256, ordinal + 1);
    const request: SimRequest = {
      ...acceptance,
      ordinal,
      state: 'queued',
      startedAtMs: null,
      startedAtSimMs: null,
      gatewayRequestId: acceptance.id,
      outcome: null,
      outcomeSaved: Promise.resolve(),
      toldAtMs: null,
      webhookEnd: null,
    };
    this.#requests.set(request.id, request);
    return request;
  }

  #setStarted(request: SimRequest, atMs: number, simMs: number): void {
    request.startedAtMs = atMs;
    request.startedAtSimMs = simMs;
  }

  #setOutcome(request: SimRequest, outcome: Outcome): void {
    request.state = 'finished';
    request.outcome = outcome;
    this.billedNanoUsd += outcome.billedNanoUsd;
    this.billedSinceUnlockNanoUsd += outcome.billedNanoUsd;
  }

  #applyLock(locked: boolean): void {
    this.locked = locked;
    if (!locked) this.billedSinceUnlockNanoUsd = 0n;
  }

  #replay(event: LedgerEvent): void {
    if ('simMs' in event) this.#lastSimMs = Math.max(this.#lastSimMs, event.simMs);
    const request = 'id' in event ? this.#requests.get(event.id) : undefined;
    switch (event.event) {
      case 'seen':
        this.submitsSeen += 1;
        return;
      case 'accepted':
        this.#sequence = Math.max(this.#sequence, event.request.sequence);
        this.#admit(event.request);
        return;
      case 'started':
        if (request) this.#setStarted(request, event.atMs, event.simMs);
        return;
      case 'finished':
        if (request) {
          request.gatewayRequestId = event.gatewayRequestId;
          this.#setOutcome(request, event.outcome);
        }
        return;
      case 'told':
        if (request) request.toldAtMs = event.atMs;
        return;
      case 'webhook':
        if (request) request.webhookEnd = event.end;
        return;
      case 'locked':
        this.#applyLock(event.locked);
        return;
      case 'keys_rotated':
        this.keyRotations += 1;
        return;
      case 'clock':
        return;
    }
  }
}
