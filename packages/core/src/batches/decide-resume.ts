/**
 * What a person's resume takes back. First what stopped the batch: their own pause and the brakes. A pilot is released only
 * when it has ended, or when nothing at all holds the batch, so that ending another pause, or asking in vain while money
 * is short, never starts ten thousand rows by the way.
 */
import type { PauseReason } from './batch-states.ts';

export interface ResumeFacts {
  readonly pauses: readonly PauseReason[];
  readonly inProgress: boolean;
  /** There is a pilot and nobody has released the rest yet. */
  readonly pilotHolds: boolean;
}

export interface ResumeDecision {
  readonly lift: readonly PauseReason[];
  /** Waste and window count from here on. */
  readonly restartsBrakes: boolean;
  readonly releasesPilot: boolean;
}

const BRAKES: readonly PauseReason[] = ['waste', 'error_rate'];

export function decideResume({ pauses, inProgress, pilotHolds }: ResumeFacts): ResumeDecision {
  const stops = pauses.filter((reason) => reason === 'user' || BRAKES.includes(reason));
  if (stops.length > 0) {
    return { lift: stops, restartsBrakes: stops.some((reason) => BRAKES.includes(reason)), releasesPilot: false };
  }
  const releasesPilot = inProgress && pilotHolds && (pauses.includes('pilot') || pauses.length === 0);
  return { lift: releasesPilot ? ['pilot'] : [], restartsBrakes: false, releasesPilot };
}
