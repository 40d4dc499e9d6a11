import type { LocalConfig } from '../config.ts';
import { LocalError } from '../local-error.ts';
import { findOpenPort, isOpen } from '../stack/open-port.ts';
import type { FalSimSettings, RealFal } from '../stack/start-provider.ts';
import type { StackOptions } from '../stack/start-stack.ts';

export interface StartFlags {
  readonly port?: number;
  readonly speed: number;
  readonly seed: number;
}

export const PORT_DEFAULT = 8080;
const SIM_CONCURRENCY = 40;
const SIM_SUBMITS_PER_SECOND_MAX = 200;

export type ProviderOptions = Pick<
  StackOptions,
  'provider' | 'publicUrl' | 'timeScale' | 'inFlightMax' | 'submitsPerSecond' | 'budgetNanoUsd'
>;

/** With a key it is fal itself, at its own pace and within a budget; without one, the simulator. */
export function providerOptions(config: LocalConfig, flags: StartFlags): ProviderOptions {
  return config.falKey ? realFal(config, config.falKey) : simulatedFal(config, flags);
}

function realFal(config: LocalConfig, credentials: string): ProviderOptions {
  const provider: RealFal = {
    credentials,
    queueUrl: config.falQueueUrl,
    jwksUrl: config.falJwksUrl,
    platformUrl: config.falPlatformUrl,
    webhookUserId: config.falWebhookUserId,
  };
  return {
    provider,
    publicUrl: config.publicUrl ?? null,
    inFlightMax: config.inFlightMax,
    submitsPerSecond: config.submitsPerSecond,
    // A real key alone spends nothing.
    budgetNanoUsd: config.budgetNanoUsd ?? 0n,
  };
}

function simulatedFal(config: LocalConfig, { speed, seed }: StartFlags): ProviderOptions {
  const provider: FalSimSettings = { speed, seed, faults: {}, concurrency: SIM_CONCURRENCY };
  return {
    provider,
    timeScale: timeScaleOf(speed),
    inFlightMax: SIM_CONCURRENCY,
    submitsPerSecond: simulatedSubmitRate(config.submitsPerSecond, speed),
    budgetNanoUsd: config.budgetNanoUsd ?? null,
  };
}

/** Policy time is never stretched, only compressed. */
export function timeScaleOf(speed: number): number {
  return Math.max(1, speed);
}

/** The account's rate in simulated time, bounded by what one process should do. */
export function simulatedSubmitRate(perSecond: number, speed: number): number {
  return Math.min(SIM_SUBMITS_PER_SECOND_MAX, perSecond * timeScaleOf(speed));
}

/** The port that was asked for, or the usual one, or the next that is free. */
export async function choosePort(asked: number | undefined): Promise<number> {
  if (asked === undefined) return findOpenPort(PORT_DEFAULT);
  if (await isOpen(asked)) return asked;
  throw new LocalError(`port ${asked} is taken: stop what uses it, or choose another with --port`);
}
