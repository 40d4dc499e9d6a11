/** The one scale that every drill runs at: fast enough for 30 jobs a second on two cores, slow enough to be interrupted. */
export const SETTINGS = {
  inFlightMax: 50,
  submitsPerSecond: 80,
  /** Slots at the simulator: more than Reelay may use, so that using too many would show. */
  simConcurrency: 200,
  simSpeed: 150,
  /** Simulated seconds; far beyond any outage of a drill, so that no result expires. */
  simRetentionSeconds: 500_000,
  timeScale: 150,
  submitTimeoutMs: 3_500,
  sendGraceMs: 1_000,
  drainMs: 4_000,
  clockAheadMs: 90_000,
  clockBehindMs: -90_000,
} as const;
