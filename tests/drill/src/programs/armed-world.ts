/** The world of a process under the drill: real time and chance, and failpoints that strike once when armed. */
import { appendFileSync } from 'node:fs';
import { type FailpointName, REAL_WORLD } from '@reelay/engine';
import type { FailpointAction, Order, Report } from './messages.ts';

export function joinDrill(): { readonly world: typeof REAL_WORLD; ready(): void } {
  const armed = new Map<FailpointName, FailpointAction>();
  process.on('message', (order: Order) => {
    if (order.kind === 'arm') armed.set(order.name, order.action);
    else if (order.kind === 'disarm') armed.delete(order.name);
    else tell({ kind: 'measured', ...measure() });
  });
  process.once('disconnect', () => process.exit(1));
  // Orders alone do not keep a process alive that is done.
  process.channel?.unref();
  const failpoint = async (name: FailpointName) => {
    const action = armed.get(name);
    if (action === undefined) return;
    armed.delete(name);
    await strike(name, action);
  };
  return { world: { ...REAL_WORLD, failpoint }, ready: () => tell({ kind: 'ready' }) };
}

async function strike(name: FailpointName, action: FailpointAction): Promise<void> {
  const hitsFile = process.env.REELAY_DRILL_HITS;
  // Time that the shifted clock does not know of.
  const atMs = Math.round(performance.timeOrigin + performance.now());
  if (hitsFile) appendFileSync(hitsFile, `${name} ${action.kind} ${process.env.REELAY_DRILL_NAME} ${atMs}\n`);
  switch (action.kind) {
    case 'kill':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => {});
    case 'hold':
      return new Promise((resolve) => setTimeout(resolve, action.ms));
    case 'throw':
      throw new Error(`failpoint ${name}`);
  }
}

function measure() {
  const { rss, heapUsed } = process.memoryUsage();
  return { rssBytes: rss, heapBytes: heapUsed, handles: process.getActiveResourcesInfo().length };
}

function tell(report: Report): void {
  process.send?.(report, undefined, undefined, () => {});
}
