import { type FaultSettings, parseFaultTable } from '../faults/fault-table.ts';
import { type LedgerLine, toLedgerLine } from '../ledger/ledger-line.ts';
import type { World } from '../world.ts';
import { type SimSummary, summarize } from './summarize.ts';

/** What a test or a demo may do to the simulator, over HTTP or as a library. */
export interface AdminVerbs {
  ledger(): LedgerLine[];
  summary(): SimSummary;
  /** Replaces the whole table; throws on an unknown name or a bad value. */
  setFaults(settings: FaultSettings): void;
  lock(): void;
  unlock(): void;
  advanceClock(ms: number): void;
  rotateKeys(): void;
}

export function buildAdminVerbs(world: World): AdminVerbs {
  return {
    ledger: () => [...world.ledger.requests()].map(toLedgerLine),
    summary: () => summarize(world),
    setFaults: (settings) => world.dice.replaceTable(parseFaultTable(settings)),
    lock: () => world.ledger.setLocked(true),
    unlock: () => world.ledger.setLocked(false),
    advanceClock: (ms) => {
      world.clock.advance(ms);
      world.ledger.noteClock(world.clock.nowMs());
    },
    rotateKeys: () => {
      world.keys.rotate();
      world.ledger.noteKeysRotated();
    },
  };
}
