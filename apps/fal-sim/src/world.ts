import type { SimClock } from './clock.ts';
import type { FaultDice } from './faults/fault-dice.ts';
import type { Ledger } from './ledger/ledger.ts';
import type { ChangeWatch } from './runs/change-watch.ts';
import type { Runner } from './runs/runner.ts';
import type { SimSettings } from './sim-options.ts';
import type { SigningKeys } from './webhooks/signing-keys.ts';
import type { WebhookSender } from './webhooks/webhook-sender.ts';

/** The one running simulator, as every route sees it. */
export interface World {
  readonly settings: SimSettings;
  readonly clock: SimClock;
  readonly dice: FaultDice;
  readonly ledger: Ledger;
  readonly runner: Runner;
  readonly changes: ChangeWatch;
  readonly webhooks: WebhookSender;
  readonly keys: SigningKeys;
  /** Aborted when the simulator closes; ends every answer that is being held back. */
  readonly closing: AbortSignal;
}
