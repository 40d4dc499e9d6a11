import path from 'node:path';
import type { FalConfig } from '@reelay/fal';
import { type FalSim, type FaultSettings, startFalSim } from '@reelay/fal-sim';
import type { Shutdown } from '@reelay/runtime';
import { LocalError } from '../local-error.ts';

/** The stand-in for fal, in this process. */
export interface FalSimSettings {
  readonly speed: number;
  readonly seed: number;
  readonly faults: FaultSettings;
  readonly concurrency: number;
}

export interface RealFal {
  readonly credentials: string;
  readonly queueUrl: string;
  readonly jwksUrl: string;
  readonly platformUrl: string;
  readonly webhookUserId: string | undefined;
}

type ProviderAddress = Pick<FalConfig, 'credentials' | 'queueUrl' | 'jwksUrl' | 'platformUrl' | 'webhookUserId'>;

/** The simulator asks for no particular key. */
const SIM_CREDENTIALS = 'local:simulator';

export async function startProvider(
  wanted: FalSimSettings | RealFal,
  place: { readonly dataDir: string; readonly disposable: boolean },
  shutdown: Shutdown,
): Promise<{ address: ProviderAddress; sim: FalSim | null }> {
  if ('credentials' in wanted) {
    return { address: { ...wanted, webhookUserId: wanted.webhookUserId ?? null }, sim: null };
  }
  const sim = await startSim(wanted, place.disposable ? undefined : path.join(place.dataDir, 'fal-sim'));
  shutdown.add('fal-sim', () => sim.close());
  const { url: queueUrl, jwksUrl, platformUrl } = sim;
  return { address: { credentials: SIM_CREDENTIALS, queueUrl, jwksUrl, platformUrl, webhookUserId: null }, sim };
}

async function startSim(settings: FalSimSettings, stateDir: string | undefined): Promise<FalSim> {
  try {
    return await startFalSim({ ...settings, stateDir });
  } catch (error) {
    throw new LocalError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}
