/** Exactly what is sent to fal for a job's attempt, and therefore what fal's listing shows of it. */
export function sentInput(input: unknown, seed: bigint): Record<string, unknown> {
  return { ...(input as Record<string, unknown>), seed: Number(seed) };
}
