/** Counts seeds as they end, shows how far it is, and says at the end what was gone through. */
import { FAILPOINTS } from '@reelay/engine';
import type { SeedOutcome } from './messages.ts';
import type { Options } from './options.ts';

export interface Totals {
  readonly failed: number;
  add(outcome: SeedOutcome): void;
  report(): void;
}

const BAR_CELLS = 30;
const HOUR_MS = 3_600_000;

export function createTotals(options: Options): Totals {
  const startedMs = performance.now();
  const sums = { ran: 0, failed: 0, steps: 0, requests: 0, virtualMs: 0 };
  const failpoints = new Map<string, number>();
  const faults = new Map<string, number>();
  return {
    get failed() {
      return sums.failed;
    },
    add: (outcome) => {
      sums.ran += 1;
      sums.steps += outcome.steps;
      sums.requests += outcome.requests;
      sums.virtualMs += outcome.virtualMs;
      addTo(failpoints, outcome.failpoints);
      addTo(faults, outcome.faults);
      clearBar();
      if (outcome.trace.length > 0) console.log(`\nseed ${outcome.seed}\n${outcome.trace.join('\n')}`);
      if (outcome.broken.length > 0) {
        sums.failed += 1;
        sayBroken(outcome);
      }
      drawBar(sums.ran, options.seeds, sums.failed);
    },
    report: () => {
      clearBar();
      const seconds = (performance.now() - startedMs) / 1_000;
      const { ran, failed, steps, requests, virtualMs } = sums;
      console.log(
        `${ran} seeds in ${seconds.toFixed(0)} s (${(seconds / Math.max(1, ran)).toFixed(2)} s each): ${steps} steps, ` +
          `${requests} requests that fal accepted, ${Math.round(virtualMs / HOUR_MS)} hours of virtual time`,
      );
      console.log(`troubles: ${listOf(faults)}`);
      const missed = Object.keys(FAILPOINTS).filter((name) => !failpoints.has(name));
      if (missed.length > 0) console.log(`failpoints not passed: ${missed.join(', ')}`);
      console.log(`${ran - failed} passed, ${failed} failed`);
    },
  };
}

function sayBroken({ seed, broken }: SeedOutcome): void {
  for (const { promise, facts } of broken) console.log(`seed ${seed} breaks "${promise}": ${facts}`);
  console.log(`tell it again with: npm run sim -- --seed ${seed} --trace`);
}

function addTo(sums: Map<string, number>, more: readonly (readonly [string, number])[]): void {
  for (const [name, value] of more) sums.set(name, (sums.get(name) ?? 0) + value);
}

function listOf(sums: ReadonlyMap<string, number>): string {
  const sorted = [...sums].toSorted(([, a], [, b]) => b - a);
  return sorted.map(([name, value]) => `${name} ${value}`).join(', ') || 'none';
}

function drawBar(ran: number, all: number, failed: number): void {
  if (!process.stderr.isTTY) return;
  const full = Math.round((ran / all) * BAR_CELLS);
  const bar = '█'.repeat(full) + '░'.repeat(BAR_CELLS - full);
  process.stderr.write(`\r${bar} ${ran} of ${all}${failed > 0 ? `, ${failed} failed` : ''}`);
}

function clearBar(): void {
  if (process.stderr.isTTY) process.stderr.write('\r\u001b[2K');
}
