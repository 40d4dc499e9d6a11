/** When a bill that is not known yet is asked for by its request's id: ever more slowly, until the window has passed. */
import { type Policy, scaled } from '../policy/policy.ts';

const LOOK_MAX_MS = 86_400_000;

/** After it was opened; the sweep of everything that fal billed meanwhile finds most bills before that. */
export function firstBillLookMs(policy: Policy): number {
  return scaled(policy, policy.reconcileEveryMs);
}

export function nextBillLookMs(policy: Policy, looks: number): number {
  return scaled(policy, Math.min(policy.reconcileEveryMs * 2 ** Math.min(looks, 10), LOOK_MAX_MS));
}

/** An event of fal's bill that came before what it is for is known, or settled, is tried again. */
export function nextBookingMs(policy: Policy, tries: number): number {
  return nextBillLookMs(policy, tries) / 4;
}

/** What has no bill after this will get none: fal's lag has been hours, not days. */
export function billingWindowMs(policy: Policy): number {
  return scaled(policy, policy.billingWindowMs);
}
