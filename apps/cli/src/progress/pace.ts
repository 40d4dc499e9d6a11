interface PaceSample {
  readonly atMs: number;
  readonly open: number;
}

/** What was seen of a batch lately: enough to tell how fast its jobs end. Oldest sample first. */
export type Pace = readonly PaceSample[];

const WINDOW_MS = 60_000;
const SAMPLES_MIN = 2;
/** One or two endings say nothing about the rest. */
const ENDED_MIN = 5;

export function addSample(pace: Pace, sample: PaceSample): Pace {
  // One sample older than the window stays, so that a slow batch still has a pace.
  const samples = [...pace, sample];
  const firstInside = samples.findIndex(({ atMs }) => atMs > sample.atMs - WINDOW_MS);
  return samples.slice(Math.max(0, firstInside - 1));
}

/** How long the open jobs take if they go on ending at the pace seen. Null while nothing has ended. */
export function remainingMs(pace: Pace): number | null {
  const first = pace[0];
  const last = pace.at(-1);
  if (!first || !last || pace.length < SAMPLES_MIN) return null;
  const ended = first.open - last.open;
  if (last.open === 0) return 0;
  return ended >= Math.min(ENDED_MIN, first.open) && ended > 0 ? ((last.atMs - first.atMs) / ended) * last.open : null;
}
