// The ledger: every accepted request with what became of it and what it cost. It is the oracle a test asks, so an
// acceptance is durable before its caller hears of it, and an outcome before anyone is told.
import type { Outcome, SimRequest, WebhookEnd } from '../sim-request.ts';
import type { Acceptance, LedgerEvent } from './ledger-event.ts';
import type { LedgerFile } from './ledger-file.ts';
import { LedgerState } from './ledger-state.ts';

export class Ledger {
  readonly #file: LedgerFile | undefined;
  readonly #state = new LedgerState();
  #lastSequence: number;

  constructor(file?: LedgerFile, events: readonly LedgerEvent[] = []) {
    this.#file = file;
    for (const event of events) this.#state.apply(event);
    this.#lastSequence = this.#state.lastSequence;
  }

  get state(): Readonly<Omit<LedgerState, 'apply' | 'requests' | 'accepted' | 'finished'>> {
    return this.#state;
  }

  /** In the order of acceptance. */
  requests(): readonly SimRequest[] {
    return this.#state.accepted;
  }

  finished(): readonly SimRequest[] {
    return this.#state.finished;
  }

  find(id: string): SimRequest | undefined {
    return this.#state.requests.get(id);
  }

  noteSubmitSeen(): void {
    this.#note({ event: 'seen' });
  }

  async accept(acceptance: Omit<Acceptance, 'sequence'>): Promise<SimRequest> {
    this.#lastSequence += 1;
    const request = { ...acceptance, sequence: this.#lastSequence };
    const event: LedgerEvent = { event: 'accepted', simMs: acceptance.acceptedAtSimMs, request };
    await this.#file?.commit(event);
    this.#state.apply(event);
    return this.#require(acceptance.id);
  }

  noteStarted(request: SimRequest, atMs: number, simMs: number): void {
    this.#note({ event: 'started', simMs, id: request.id, atMs });
  }

  finish(request: SimRequest, outcome: Outcome): void {
    const { id, gatewayRequestId } = request;
    const event: LedgerEvent = { event: 'finished', simMs: outcome.finishedAtSimMs, id, gatewayRequestId, outcome };
    this.#state.apply(event);
    if (!this.#file) return;
    request.outcomeSaved = this.#file.commit(event);
    // Whoever answers awaits the promise and fails; this only keeps an unread failure from ending the program.
    request.outcomeSaved.catch(() => undefined);
  }

  /** Only the first telling counts. Resolves once it is on the disk: what was told must not be forgotten by a crash. */
  async tell(request: SimRequest): Promise<void> {
    if (request.toldAtMs !== null) return;
    const event: LedgerEvent = { event: 'told', id: request.id, atMs: Date.now() };
    this.#state.apply(event);
    await this.#file?.commit(event);
  }

  endWebhook(request: SimRequest, end: WebhookEnd): void {
    this.#note({ event: 'webhook', id: request.id, end });
  }

  setLocked(locked: boolean): void {
    this.#note({ event: 'locked', locked });
  }

  noteKeysRotated(): void {
    this.#note({ event: 'keys_rotated' });
  }

  noteClock(simMs: number): void {
    this.#note({ event: 'clock', simMs });
  }

  async close(): Promise<void> {
    await this.#file?.close();
  }

  #note(event: LedgerEvent): void {
    this.#state.apply(event);
    this.#file?.note(event);
  }

  #require(id: string): SimRequest {
    const request = this.find(id);
    if (!request) throw new Error(`request ${id} was accepted but is not in the ledger`);
    return request;
  }
}
