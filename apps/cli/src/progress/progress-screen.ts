import { isDeepStrictEqual } from 'node:util';
import { MultiBar } from 'cli-progress';
import type { BatchView } from '../api-types.ts';
import type { Paint } from '../output/paint.ts';
import { type ProgressState, renderProgress, renderProgressText } from './progress-view.ts';

export interface ProgressScreen {
  update(state: ProgressState): void;
  /** Leaves the last state standing and gives the cursor back. */
  close(): void;
}

export interface ScreenTarget {
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };
  readonly paint: Paint;
}

const LINES = 4;
const NARROWEST = 20;
const USUAL_WIDTH = 80;

/** Draws over itself on a terminal; elsewhere writes a plain line now and then. */
export function makeProgressScreen(target: ScreenTarget, now: () => number = Date.now): ProgressScreen {
  return target.stream.isTTY ? makeTerminalScreen(target) : makeLogScreen(target.stream, now);
}

function makeTerminalScreen({ stream, paint }: ScreenTarget): ProgressScreen {
  const bars = new MultiBar({
    stream,
    fps: 10,
    hideCursor: true,
    gracefulExit: false,
    format: (_options, _params, payload: { text: string }) => payload.text,
  });
  const lines = Array.from({ length: LINES }, () => bars.create(1, 0, { text: '' }));
  return {
    update: (state) => {
      const width = Math.max(NARROWEST, stream.columns ?? USUAL_WIDTH);
      renderProgress(state, width - 1).forEach((line, n) => {
        lines[n]?.update({ text: line.map(({ text, style }) => (style ? paint(style, text) : text)).join('') });
      });
    },
    close: () => bars.stop(),
  };
}

const LOG_EVERY_MS = 10_000;
/** A line that would say the same again waits longer. */
const LOG_UNCHANGED_EVERY_MS = 60_000;

function makeLogScreen(stream: NodeJS.WritableStream, now: () => number): ProgressScreen {
  let written: { atMs: number; batch: BatchView } | null = null;
  let latest: ProgressState | null = null;
  const write = (state: ProgressState) => {
    written = { atMs: now(), batch: state.batch };
    latest = null;
    stream.write(`${renderProgressText(state)}\n`);
  };
  return {
    update: (state) => {
      latest = state;
      if (written === null || isDue(written.batch, state.batch, now() - written.atMs)) write(state);
    },
    close: () => {
      if (latest && !isSame(written?.batch, latest.batch)) write(latest);
    },
  };
}

function isDue(before: BatchView, batch: BatchView, sinceMs: number): boolean {
  if (before.status !== batch.status) return true;
  return sinceMs >= (isSame(before, batch) ? LOG_UNCHANGED_EVERY_MS : LOG_EVERY_MS);
}

function isSame(before: BatchView | undefined, batch: BatchView): boolean {
  return before !== undefined && isDeepStrictEqual(before, batch);
}
