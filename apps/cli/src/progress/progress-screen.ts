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
    // At its end cli-progress cuts lines by their length with colour codes counted in: the last frame is ours to write.
    clearOnComplete: true,
    format: (_options, _params, payload: { text: string }) => payload.text,
  });
  let last: string[] = [];
  const lines = Array.from({ length: LINES }, () => bars.create(1, 0, { text: '' }));
  return {
    update: (state) => {
      const width = Math.max(NARROWEST, stream.columns ?? USUAL_WIDTH);
      last = renderProgress(state, width - 1).map((line) =>
        line.map(({ text, style }) => (style ? paint(style, text) : text)).join(''),
      );
      last.forEach((text, n) => {
        lines[n]?.update({ text });
      });
    },
    close: () => {
      bars.stop();
      const shown = last.filter((line) => line !== '');
      if (shown.length > 0) stream.write(`${shown.join('\n')}\n`);
    },
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
