import type { RequestStatus } from '../sim-request.ts';
import { statusOf } from '../sim-request.ts';
import { WEBHOOK_USER_ID } from '../webhooks/sign-webhook.ts';
import type { WebhookCounts } from '../webhooks/webhook-sender.ts';
import type { World } from '../world.ts';

export interface SimSummary {
  readonly accepted: number;
  readonly queued: number;
  readonly running: number;
  readonly completed: number;
  readonly errored: number;
  readonly cancelled: number;
  readonly billed_nano_usd: number;
  readonly webhooks: WebhookCounts;
  readonly max_in_progress: number;
  /** POSTs that ask for a run, on the queue or the sync host, whatever became of them. */
  readonly submits_seen: number;
  readonly locked: boolean;
  readonly webhook_user_id: string;
}

export function summarize(world: World): SimSummary {
  const counts: Record<RequestStatus, number> = { queued: 0, running: 0, completed: 0, errored: 0, cancelled: 0 };
  let accepted = 0;
  for (const request of world.ledger.requests()) {
    accepted += 1;
    counts[statusOf(request)] += 1;
  }
  return {
    accepted,
    ...counts,
    billed_nano_usd: Number(world.ledger.state.billedNanoUsd),
    webhooks: { ...world.webhooks.counts },
    max_in_progress: world.runner.maxInProgress,
    submits_seen: world.ledger.state.submitsSeen,
    locked: world.ledger.state.locked,
    webhook_user_id: WEBHOOK_USER_ID,
  };
}
