import type { SimRequest } from '../sim-request.ts';
import type { Acceptance, LedgerEvent } from './ledger-event.ts';

/** What the events say so far. The same events in the same order give the same state, live or after a restart. */
export class LedgerState {
  readonly requests = new Map<string, SimRequest>();
  /** In the order of acceptance and of finishing. Both only grow at their end: paging counts on it. */
  readonly accepted: SimRequest[] = [];
  readonly finished: SimRequest[] = [];
  readonly #acceptedByInput = new Map<string, number>();
  lastSequence = 0;
  lastSimMs = 0;
  submitsSeen = 0;
  locked = false;
  keyRotations = 0;
  billedNanoUsd = 0n;
  /** What was billed since the account was last unlocked: a balance is counted against this. */
  billedSinceUnlockNanoUsd = 0n;

  apply(event: LedgerEvent): void {
    if ('simMs' in event) this.lastSimMs = Math.max(this.lastSimMs, event.simMs);
    switch (event.event) {
      case 'seen':
        this.submitsSeen += 1;
        return;
      case 'accepted':
        this.#admit(event.request);
        return;
      case 'started':
        this.#update(event.id, { startedAtMs: event.atMs, startedAtSimMs: event.simMs });
        return;
      case 'finished':
        this.finished.push(
          this.#update(event.id, {
            state: 'finished',
            gatewayRequestId: event.gatewayRequestId,
            outcome: event.outcome,
          }),
        );
        this.billedNanoUsd += event.outcome.billedNanoUsd;
        this.billedSinceUnlockNanoUsd += event.outcome.billedNanoUsd;
        return;
      case 'told':
        this.#update(event.id, { toldAtMs: event.atMs });
        return;
      case 'webhook':
        this.#update(event.id, { webhookEnd: event.end });
        return;
      case 'locked':
        this.locked = event.locked;
        if (!event.locked) this.billedSinceUnlockNanoUsd = 0n;
        return;
      case 'keys_rotated':
        this.keyRotations += 1;
        return;
      case 'clock':
        return;
    }
  }

  #update(id: string, changes: Partial<SimRequest>): SimRequest {
    const request = this.requests.get(id);
    if (!request) throw new Error(`the ledger names request ${id} before it was accepted`);
    return Object.assign(request, changes);
  }

  #admit(acceptance: Acceptance): void {
    const ordinal = this.#acceptedByInput.get(acceptance.inputSha256) ?? 0;
    this.#acceptedByInput.set(acceptance.inputSha256, ordinal + 1);
    this.lastSequence = Math.max(this.lastSequence, acceptance.sequence);
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
    this.requests.set(request.id, request);
    this.accepted.push(request);
  }
}
