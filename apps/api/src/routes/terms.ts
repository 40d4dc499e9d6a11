/** What a client asks of a batch, in the engine's words: the same for inline rows, files and estimates. */
import type { ImportOptions } from '@reelay/contract';
import type { PauseIf } from '@reelay/core';
import type { BatchTerms, UploadTerms } from '@reelay/engine';
import type { Door } from '../app.ts';
import { given } from './answers.ts';
import { givenNanoUsd } from './money.ts';

type Options = Omit<ImportOptions, 'defaults' | 'map' | 'priority' | 'dry_run'>;

export function termsOf({ confirmAboveNanoUsd }: Door, options: Options): BatchTerms {
  const { mode, on_unknown: onUnknown, name, model, start, pilot, pause_if, callback_url: callbackUrl } = options;
  return {
    mode,
    onUnknown,
    ...given({
      name,
      model,
      start,
      confirmAboveNanoUsd: confirmAboveNanoUsd ?? undefined,
      pilot,
      pauseIf: pause_if && pauseIfOf(pause_if),
      capNanoUsd: givenNanoUsd(options.cap),
      maxWasteNanoUsd: givenNanoUsd(options.max_waste),
      unknownBudgetNanoUsd: givenNanoUsd(options.unknown_budget),
      maxAttempts: options.retry?.max_attempts,
      callbackUrl,
    }),
  };
}

export function uploadTermsOf(door: Door, options: Omit<ImportOptions, 'dry_run'>): UploadTerms {
  const { defaults, map, priority } = options;
  return { ...termsOf(door, options), ...given({ defaults, map, priority }) };
}

export function pauseIfOf({ error_rate: errorRate, window }: { error_rate: number; window: number }): PauseIf {
  return { errorRate, window };
}
