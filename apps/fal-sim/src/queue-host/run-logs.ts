import type { SimRequest } from '../sim-request.ts';

const WINDOW_MS = 300_000;
const LINE_EVERY_MS = 20_000;

interface LogLine {
  readonly message: string;
  readonly timestamp: string;
  readonly level: 'INFO';
  readonly source: 'USER';
}

/** fal shows a window of about five minutes up to the finish (or now), not everything that was ever logged. */
export function runLogs(request: SimRequest, nowSimMs: number, speed: number): LogLine[] {
  const { startedAtMs, startedAtSimMs, outcome } = request;
  if (startedAtMs === null || startedAtSimMs === null) return [];
  const lastMs = (outcome?.finishedAtSimMs ?? nowSimMs) - startedAtSimMs;
  const lines: LogLine[] = [];
  const first = Math.max(0, Math.ceil((lastMs - WINDOW_MS) / LINE_EVERY_MS));
  for (let n = first; n * LINE_EVERY_MS <= lastMs; n += 1) {
    const atMs = startedAtMs + (n * LINE_EVERY_MS) / speed;
    const message = n === 0 ? 'Loading the source video' : `Sampling, ${n * (LINE_EVERY_MS / 1_000)} s`;
    lines.push({ message, timestamp: new Date(atMs).toISOString(), level: 'INFO', source: 'USER' });
  }
  return lines;
}
