import type { BatchView } from '../api-types.ts';
import { endedJobs, jobsTotal, openJobs } from '../batches/batch-state.ts';
import type { Style } from '../output/paint.ts';
import { pauseAdvice } from '../output/pause-advice.ts';
import { printable } from '../output/printable.ts';
import { showDuration } from '../output/show-duration.ts';
import { showUsd } from '../output/show-usd.ts';
import { type Pace, remainingMs } from './pace.ts';

export interface ProgressState {
  readonly batch: BatchView;
  readonly pace: Pace;
  readonly elapsedMs: number;
}

export interface Segment {
  readonly text: string;
  readonly style?: Style;
}
export type ProgressLine = readonly Segment[];

const BAR_WIDTH_MAX = 40;
const BAR_WIDTH_MIN = 10;

/** The four lines of a progress display, none of them wider than `width`. */
export function renderProgress(state: ProgressState, width: number): ProgressLine[] {
  const { batch } = state;
  const money: ProgressLine = [{ text: moneyWords(batch).join('  '), style: 'cyan' }];
  const hint: ProgressLine = [{ text: pauseAdvice(batch) ?? '', style: 'dim' }];
  return [barLine(state, width), spaced(countSegments(batch)), money, hint].map((line) => fit(line, width));
}

/** The same in one plain line, for logs. */
export function renderProgressText(state: ProgressState): string {
  const { batch } = state;
  const facts = [...statusSegments(state), ...countSegments(batch)].map(({ text }) => text);
  const advice = pauseAdvice(batch);
  const line = `${showDuration(state.elapsedMs)}: ${[...facts, ...moneyWords(batch)].join(', ')}`;
  return advice === null ? line : `${line} (${advice})`;
}

function barLine(state: ProgressState, width: number): ProgressLine {
  const status = statusSegments(state);
  const room = width - textLength(status) - 3;
  const size = Math.max(BAR_WIDTH_MIN, Math.min(BAR_WIDTH_MAX, room));
  const total = jobsTotal(state.batch.request_counts);
  const share = total === 0 ? 0 : endedJobs(state.batch.request_counts) / total;
  const full = Math.floor(share * size);
  return [
    { text: '█'.repeat(full), style: 'green' },
    { text: '░'.repeat(size - full), style: 'dim' },
    { text: '  ' },
    ...spaced(status),
  ];
}

function statusSegments({ batch, pace }: ProgressState): Segment[] {
  const counts = batch.request_counts;
  const total = jobsTotal(counts);
  const ended = endedJobs(counts);
  const percent = total === 0 ? 0 : Math.floor((ended / total) * 100);
  const segments: Segment[] = [{ text: `${ended} of ${total} (${percent} %)`, style: 'bold' }];
  const status = statusText(batch);
  if (status) segments.push(status);
  const leftMs = batch.status === 'in_progress' && openJobs(counts) > 0 ? remainingMs(pace) : null;
  if (leftMs !== null) segments.push({ text: `about ${showDuration(leftMs)} left` });
  return segments;
}

/** The ordinary state of things is not worth a word. */
function statusText({ status, pause_reason }: BatchView): Segment | null {
  if (status === 'in_progress') return null;
  const reason = pause_reason ? `: ${pause_reason.replaceAll('_', ' ')}` : '';
  const style: Style = status === 'completed' ? 'green' : 'yellow';
  return { text: printable(status.replaceAll('_', ' ') + reason), style };
}

function countSegments({ request_counts: counts }: BatchView): Segment[] {
  const parts: [number, string, Style | undefined][] = [
    [counts.succeeded, 'succeeded', 'green'],
    [counts.active, 'running', undefined],
    [counts.queued, 'queued', undefined],
    [counts.failed, 'failed', 'red'],
    [counts.needs_review, 'in review', 'yellow'],
    [counts.cancelled, 'cancelled', 'yellow'],
    [counts.expired, 'expired', 'yellow'],
    [counts.rejected, 'rejected', 'red'],
  ];
  const shown = parts.filter(([count], n) => n < 3 || count > 0);
  return shown.map(([count, word, style]) =>
    style && count > 0 ? { text: `${count} ${word}`, style } : { text: `${count} ${word}` },
  );
}

function moneyWords({ cost }: BatchView): string[] {
  const parts = [`${showUsd(cost.charged)} charged`, `${showUsd(cost.reserved)} reserved`];
  parts.push(`${showUsd(cost.estimated)} estimated`);
  if (cost.cap !== null) parts.push(`${showUsd(cost.cap)} cap`);
  return parts;
}

/** What a person can do about a pause. */
function spaced(segments: readonly Segment[]): Segment[] {
  return segments.flatMap((segment, n) => (n === 0 ? [segment] : [{ text: '  ' }, segment]));
}

function textLength(line: readonly Segment[]): number {
  return line.reduce((sum, { text }) => sum + [...text].length + 2, 0);
}

/** A line that wraps cannot be drawn over again. */
function fit(line: ProgressLine, width: number): ProgressLine {
  let room = width;
  return line.map((segment) => {
    const characters = [...segment.text].slice(0, Math.max(0, room));
    room -= characters.length;
    return { ...segment, text: characters.join('') };
  });
}
