import type { Outcome, SimRequest, WebhookEnd } from '../sim-request.ts';

/** The part of a request that is fixed when it is accepted. */
export type Acceptance = Omit<
  SimRequest,
  | 'ordinal'
  | 'state'
  | 'startedAtMs'
  | 'startedAtSimMs'
  | 'gatewayRequestId'
  | 'outcome'
  | 'outcomeSaved'
  | 'toldAtMs'
  | 'webhookEnd'
>;

/** One line of the ledger file. `simMs` lets simulated time go on after a restart from where it stopped. */
export type LedgerEvent =
  | { readonly event: 'seen' }
  | { readonly event: 'accepted'; readonly simMs: number; readonly request: Acceptance }
  | { readonly event: 'started'; readonly simMs: number; readonly id: string; readonly atMs: number }
  | {
      readonly event: 'finished';
      readonly simMs: number;
      readonly id: string;
      readonly gatewayRequestId: string;
      readonly outcome: Outcome;
    }
  | { readonly event: 'told'; readonly id: string; readonly atMs: number }
  | { readonly event: 'webhook'; readonly id: string; readonly end: WebhookEnd }
  | { readonly event: 'locked'; readonly locked: boolean }
  | { readonly event: 'keys_rotated' }
  | { readonly event: 'clock'; readonly simMs: number };

export function encodeEvent(event: LedgerEvent): string {
  return `${JSON.stringify(event, (_key, value) => (typeof value === 'bigint' ? Number(value) : value))}\n`;
}

/** The file is written by `encodeEvent` alone, which is what makes the cast true. */
export function decodeEvent(line: string): LedgerEvent {
  const event = JSON.parse(line) as LedgerEvent;
  if (event.event !== 'finished') return event;
  const { billedNanoUsd, subtotalNanoUsd } = event.outcome;
  const amounts = { billedNanoUsd: BigInt(billedNanoUsd), subtotalNanoUsd: BigInt(subtotalNanoUsd) };
  return { ...event, outcome: { ...event.outcome, ...amounts } };
}
