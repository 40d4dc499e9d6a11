/** A batch's pilot and brakes as the API shows them. */
import { costPerRow, errorRateOf, forecastRest, type PilotStrategy, TERMINAL_BATCH_STATES } from '@reelay/core';
import type { BatchReading, PilotReading } from '@reelay/db';
import { maybeUsd, record, usd } from './views.ts';

export function brakesView(batch: BatchReading) {
  const { max_waste_nano_usd: maxWaste, pause_if_error_rate: rate, pause_if_window: window } = batch;
  const pauseIf = rate === null || window === null ? null : { error_rate: rate, window };
  const recent = { ended: batch.recently_ended, failed: batch.recently_failed };
  return {
    max_waste: maybeUsd(maxWaste),
    wasted: maxWaste === null ? null : usd(batch.wasted_nano_usd),
    pause_if: pauseIf,
    error_rate: pauseIf === null ? null : errorRateOf(recent),
    stopped_by: stoppedBy(batch),
  };
}

function stoppedBy({ brake_stop: stop }: BatchReading) {
  if (stop === null) return null;
  return {
    reason: stop.reason as 'waste' | 'error_rate',
    message: String(record(stop.detail).message ?? ''),
    at: new Date(stop.at).toISOString(),
  };
}

const NOTHING_YET: PilotReading = {
  jobs: 0,
  done: 0,
  succeeded: 0,
  failed: 0,
  list: '0',
  done_list: '0',
  charged: '0',
  held: '0',
  failures: null,
};

export function pilotView(batch: BatchReading) {
  if (batch.pilot_rows === null) return null;
  const { jobs, done, succeeded, failed, failures, ...amounts } = batch.pilot ?? NOTHING_YET;
  const [charged, held] = [BigInt(amounts.charged), BigInt(amounts.held)];
  const cost = {
    done,
    spentNanoUsd: charged + held,
    listNanoUsd: BigInt(amounts.done_list),
    restListNanoUsd: batch.estimated_nano_usd - BigInt(amounts.list),
  };
  return {
    rows: batch.pilot_rows,
    strategy: batch.pilot_strategy as PilotStrategy,
    state: stateOf(batch),
    done,
    succeeded,
    failed,
    cost: { charged: usd(charged), held: usd(held), per_row: maybeUsd(costPerRow(cost)) },
    failures: (failures ?? []).map(({ code, count }) => ({ code, count })),
    forecast: { cost: maybeUsd(forecastRest(cost)), basis: basisOf(jobs, cost) },
  };
}

function stateOf(batch: BatchReading): 'running' | 'done' | 'released' {
  if (batch.pilot_released_at !== null) return 'released';
  const isClosed = (TERMINAL_BATCH_STATES as readonly string[]).includes(batch.state);
  return isClosed || batch.pauses.includes('pilot') ? 'done' : 'running';
}

function basisOf(jobs: number, { done, spentNanoUsd, listNanoUsd }: Parameters<typeof forecastRest>[0]): string {
  if (done === 0) return 'no job of the pilot is done yet';
  return `${done} of ${jobs} pilot jobs cost $${usd(spentNanoUsd)}, at list price $${usd(listNanoUsd)}; the other rows are taken to differ from their list price in the same way`;
}
