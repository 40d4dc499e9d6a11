import { MultiBar } from 'cli-progress';
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

const LINES = 3;
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

function makeLogScreen(stream: NodeJS.WritableStream, now: () => number): ProgressScreen {
  let written: { atMs: number; status: string } | null = null;
  let latest: ProgressState | null = null;
  const write = (state: ProgressState) => {
    written = { atMs: now(), status: state.batch.status };
    latest = null;
    stream.write(`${renderProgressText(state)}\n`);
  };
  return {
    update: (state) => {
      latest = state;
      const due = written === null || written.status !== state.batch.status || now() - written.atMs >= LOG_EVERY_MS;
      if (due) write(state);
    },
    close: () => {
      if (latest) write(latest);
    },
  };
}
