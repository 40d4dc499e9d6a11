import { drawUnit } from '../chance.ts';

const SIGMA = 0.3;
const SHORTEST = 0.6;
const LONGEST = 2.2;

/** Log-normal around the median, bounded; the same request always takes the same time. */
export function drawRunTimeMs(
  seed: number,
  request: { inputSha256: string; ordinal: number },
  medianMs: number,
): number {
  const radius = 1 - drawUnit(seed, 'run time radius', request.inputSha256, request.ordinal);
  const angle = drawUnit(seed, 'run time angle', request.inputSha256, request.ordinal);
  const normal = Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
  return Math.round(medianMs * Math.min(LONGEST, Math.max(SHORTEST, Math.exp(SIGMA * normal))));
}
