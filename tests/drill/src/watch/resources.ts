/** Memory and handles of workers and APIs, asked of them while they run. */

import type { Supervised } from '../processes/supervised.ts';
import type { Measures } from '../programs/messages.ts';

export interface SeenResources {
  /** The latest of each process, and the most that any of its lives had. */
  readonly latest: ReadonlyMap<string, Measures>;
  readonly most: ReadonlyMap<string, Measures>;
  measure(): void;
  stop(): void;
}

const MEASURE_EVERY_MS = 5_000;

export function watchResources(processes: readonly Supervised[]): SeenResources {
  const latest = new Map<string, Measures>();
  const most = new Map<string, Measures>();
  for (const each of processes) {
    const { name } = each;
    each.onReport((report) => {
      if (report.kind !== 'measured') return;
      const { rssBytes, heapBytes, handles } = report;
      const before = most.get(name);
      latest.set(name, { rssBytes, heapBytes, handles });
      most.set(name, {
        rssBytes: Math.max(rssBytes, before?.rssBytes ?? 0),
        heapBytes: Math.max(heapBytes, before?.heapBytes ?? 0),
        handles: Math.max(handles, before?.handles ?? 0),
      });
    });
  }
  const measure = () => {
    for (const each of processes) each.send({ kind: 'measure' });
  };
  const timer = setInterval(measure, MEASURE_EVERY_MS);
  return { latest, most, measure, stop: () => clearInterval(timer) };
}
