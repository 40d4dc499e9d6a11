/** What this process spends between two moments, garbage not counted. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

export interface Cost {
  readonly heapGrowthBytes: number;
  readonly cpuMs: number;
}

export function measureCost(): { end(): Cost } {
  const heapBytes = liveHeapBytes();
  const cpu = process.cpuUsage();
  return {
    end: () => {
      const { user, system } = process.cpuUsage(cpu);
      return { heapGrowthBytes: liveHeapBytes() - heapBytes, cpuMs: (user + system) / 1_000 };
    },
  };
}

function liveHeapBytes(): number {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}
