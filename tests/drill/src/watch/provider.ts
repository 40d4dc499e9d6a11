/** The provider's own counts, which a killed provider forgets: the highest of each is kept. */
import type { FalSimProcess } from '../processes/fal-sim.ts';

export interface SeenProvider {
  maxInProgress(): number;
  stop(): void;
}

const LOOK_EVERY_MS = 1_000;

export function watchProvider(sim: FalSimProcess): SeenProvider {
  let maxInProgress = 0;
  const look = async () => {
    const summary = await sim.summary();
    maxInProgress = Math.max(maxInProgress, summary.max_in_progress);
  };
  const timer = setInterval(() => void look().catch(() => {}), LOOK_EVERY_MS);
  return { maxInProgress: () => maxInProgress, stop: () => clearInterval(timer) };
}
