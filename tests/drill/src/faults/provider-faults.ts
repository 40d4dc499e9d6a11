/** What goes wrong at the provider: a little of everything all the time, and now and then much of one thing. */
import type { FaultTable } from '../processes/fal-sim.ts';

/** Nothing here changes what a run costs by more than Reelay can know: a 422 is free, and units are the listed ones. */
export const USUAL_FAULTS: FaultTable = {
  'submit.reset_after_accept': 0.01,
  'submit.hang_after_accept': { p: 0.01, ms: 2_000 },
  'submit.error_500_after_accept': 0.005,
  'submit.error_502_after_accept': 0.006,
  'submit.error_503_before_accept': 0.003,
  'submit.reset_before_accept': 0.003,
  'submit.refuse_429': { p: 0.002, retry_after: 1 },
  'submit.truncate_2xx': 0.005,
  'submit.html_2xx': 0.005,
  'submit.redirect_307': 0.002,
  'run.fail_500': 0.03,
  'run.fail_422': 0.02,
  'run.content_policy': 0.005,
  'run.requeue': 0.02,
  'run.slow': { p: 0.01, factor: 5 },
  'status.error_500': 0.05,
  'result.early_400': 0.03,
  'result.error_504_after_completed': 0.03,
  'result.typed_5xx_after_success': 0.02,
  'result.truncated': 0.02,
  'webhook.lose': 0.05,
  'webhook.duplicate': 0.05,
  'webhook.late': { p: 0.03, ms: 300_000 },
  'webhook.before_submit_response': 0.01,
  'webhook.bad_signature': 0.02,
  'webhook.stale_timestamp': 0.02,
  'webhook.wrong_user': 0.02,
  'webhook.payload_null': 0.02,
  'listing.lag': { p: 0.03, ms: 60_000 },
  'listing.miss': 0.004,
};

export const STORMS: Readonly<Record<string, FaultTable>> = {
  // What neither calls back nor is listed nobody can find, so only one of the two fails at a time.
  'no webhook arrives': { 'webhook.lose': 1, 'listing.miss': 0 },
  'every callback twice and forged beside': {
    'webhook.duplicate': 0.8,
    'webhook.bad_signature': 0.3,
    'webhook.wrong_user': 0.3,
  },
  'one answer in five is lost after acceptance': { 'submit.reset_after_accept': 0.15, 'submit.truncate_2xx': 0.05 },
  'accepted, and 5xx said': { 'submit.error_500_after_accept': 0.08, 'submit.error_502_after_accept': 0.08 },
  'answers later than the deadline': { 'submit.hang_after_accept': { p: 0.15, ms: 6_000 } },
  'every submit is answered 503': { 'submit.error_503_before_accept': 1 },
  'too many requests': { 'submit.refuse_429': { p: 0.15, retry_after: 1 } },
  'one run in three fails': { 'run.fail_500': 0.3, 'run.fail_422': 0.05 },
  'status and result are hard to read': {
    'status.error_500': 0.4,
    'result.error_504_after_completed': 0.4,
    'result.typed_5xx_after_success': 0.2,
    'result.truncated': 0.2,
    'webhook.lose': 0.3,
    'listing.miss': 0,
  },
};

/** How long one of them lasts. */
export const STORM_MS = 6_000;
