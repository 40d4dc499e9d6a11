/** Why a brake stopped a batch, and what a person does about it. */
import { formatUsd } from '../money/nano-usd.ts';
import type { BrakeFacts, BrakeReason } from './judge-brakes.ts';

export interface Cause {
  readonly code: string;
  readonly count: number;
}

export function brakeMessage(reason: BrakeReason, facts: BrakeFacts, cause: Cause | null): string {
  const most = cause === null ? '' : `, most often with ${cause.code} (${cause.count})`;
  const remedy = remedyFor(cause?.code ?? '');
  if (reason === 'waste') {
    const [wasted, limit] = [formatUsd(facts.wastedNanoUsd), formatUsd(facts.maxWasteNanoUsd ?? 0n)];
    return `$${wasted} was spent on attempts that brought nothing${most}; max_waste is $${limit}. ${remedy} Then resume the batch, with a higher max_waste if you accept more: what was wasted so far does not count again.`;
  }
  const limit = percent(facts.pauseIf?.errorRate ?? 0);
  return `${facts.failed} of the last ${facts.ended} jobs failed or wait for review${most}; pause_if.error_rate is ${limit}. ${remedy} Then resume the batch: the window starts anew.`;
}

function percent(share: number): string {
  return `${Math.round(share * 1_000) / 10} %`;
}

const REMEDIES: Readonly<Record<string, string>> = {
  content_refused: 'Change the prompts or videos that fal refuses.',
  invalid_input: 'Correct the input of the failed jobs.',
  media_unreachable: 'Make the videos reachable for fal.',
  model_error: "Wait until fal's model works again.",
  infrastructure_error: 'Wait until fal works again.',
  start_timeout: 'Wait until fal has room again.',
  result_lost: 'Look up the requests at fal by their ids and resolve the jobs that wait for review.',
  no_answer: 'Wait until fal works again, and resolve the jobs that wait for review.',
};

function remedyFor(code: string): string {
  return `${REMEDIES[code] ?? 'Look at the failed jobs and correct what they have in common.'} Failed jobs can be retried with a changed input.`;
}
