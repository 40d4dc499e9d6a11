// Decides whether a fault strikes. A draw is a hash of seed, fault, input and how often that fault was asked for that
// input, so the same inputs meet the same faults in a repeated run, however the calls interleave.
import { drawUnit } from '../chance.ts';
import type { Fault, FaultName, FaultTable } from './fault-table.ts';

export class FaultDice {
  readonly #seed: number;
  readonly #asked = new Map<string, number>();
  #table: FaultTable;

  constructor(seed: number, table: FaultTable) {
    this.#seed = seed;
    this.#table = table;
  }

  replaceTable(table: FaultTable): void {
    this.#table = table;
  }

  /** For a fault that may be asked many times for one input: every call is a new draw. */
  ask(name: FaultName, inputSha256: string): Fault | undefined {
    const fault = this.#table.get(name);
    if (!fault) return undefined;
    const key = `${name} ${inputSha256}`;
    const nth = this.#asked.get(key) ?? 0;
    this.#asked.set(key, nth + 1);
    return this.#draw(fault, name, inputSha256, nth);
  }

  /** For a fault that belongs to one request: the answer stays the same, also after a restart. */
  askOnce(name: FaultName, request: { inputSha256: string; ordinal: number }): Fault | undefined {
    const fault = this.#table.get(name);
    return fault && this.#draw(fault, name, request.inputSha256, request.ordinal);
  }

  #draw(fault: Fault, name: FaultName, inputSha256: string, nth: number): Fault | undefined {
    return drawUnit(this.#seed, name, inputSha256, nth) < fault.p ? fault : undefined;
  }
}
