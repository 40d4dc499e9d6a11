/** When patrol looks at an attempt again. Every answer is a delay from now in wall-clock milliseconds. */
import type { Model } from '../catalogue/model.ts';
import { type Policy, scaled } from '../policy/policy.ts';

/**
 * Every gap stays under three minutes, the first one too: fal may forget a large result six minutes after it is done.
 * Chance adds up to a quarter to what stands here.
 */
const POLL_GAP_MAX_MS = 140_000;

/**
 * First and later polls of an accepted attempt. Without webhooks polls find the outcome, so they are frequent around the
 * model's usual run time; with webhooks they are the net under a lost one.
 */
export function nextPollMs(
  model: Model,
  policy: Policy,
  polled: number,
  expectsWebhook: boolean,
  chance: number,
): number {
  const first = expectsWebhook ? 1.5 * model.medianRunMs : 0.5 * model.medianRunMs;
  const gap = expectsWebhook ? model.medianRunMs : model.medianRunMs / 8;
  const due = polled === 0 ? first : gap * 1.25 ** (polled - 1);
  return scaled(policy, Math.min(due, POLL_GAP_MAX_MS) * (0.9 + 0.2 * chance));
}

/** When the `checked`-th look (from 0) for evidence on an unknown attempt is due, or null when the schedule has ended. */
export function nextEvidenceMs(policy: Policy, checked: number): number | null {
  const due = policy.evidenceMs[checked];
  if (due === undefined) return null;
  return scaled(policy, due - (policy.evidenceMs[checked - 1] ?? 0));
}

/** An unknown attempt holds its slot as long as it probably runs. */
export function unknownSlotMs(model: Model, policy: Policy): number {
  return scaled(policy, 3 * model.medianRunMs);
}

/** After this an accepted attempt without outcome is overdue: start timeout, longest run and a margin have passed. */
export function outcomeDeadlineMs(policy: Policy): number {
  return scaled(policy, policy.startTimeoutMs + policy.longestRunMs + policy.outcomeMarginMs);
}

/** Asking fal for a status or result failed: ask again soon, then ever more slowly. */
export function readAgainMs(policy: Policy, polled: number, chance: number): number {
  return scaled(policy, Math.min(5_000 * 2 ** Math.min(polled, 5), POLL_GAP_MAX_MS) * (0.75 + 0.5 * chance));
}

/** What waits for its turn in our own queue, or is in another process's hands, does so in real time. */
const TASK_LOST_MIN_MS = 2_000;

/** A task that was made this often for one attempt is made again at the slowest pace. */
export const TASK_MADE_MAX = 4;

/**
 * When the task of an attempt counts as lost, after it was made `made` times. It is made again ever more slowly: where
 * the queue is slower than that, every new task makes it slower still, until it carries nothing else.
 */
export function taskLostMs(policy: Policy, made: number): number {
  return Math.max(TASK_LOST_MIN_MS, scaled(policy, policy.redriveMs)) * 2 ** (Math.min(made, TASK_MADE_MAX) - 1);
}
