import type { SimRequest } from '../sim-request.ts';

/** fal's queue: first in, first out; requests put back come first, low priority after all others. */
export class WaitingLine {
  readonly #putBack = new Set<SimRequest>();
  readonly #normal = new Set<SimRequest>();
  readonly #low = new Set<SimRequest>();

  get length(): number {
    return this.#putBack.size + this.#normal.size + this.#low.size;
  }

  add(request: SimRequest): void {
    (request.lowPriority ? this.#low : this.#normal).add(request);
  }

  putBack(request: SimRequest): void {
    this.#putBack.add(request);
  }

  takeFirst(): SimRequest | undefined {
    for (const request of this.#inOrder()) {
      this.remove(request);
      return request;
    }
    return undefined;
  }

  remove(request: SimRequest): void {
    for (const lane of this.#lanes()) lane.delete(request);
  }

  /** How many requests are ahead; 0 also for one that is about to be put back. */
  position(wanted: SimRequest): number {
    let ahead = 0;
    for (const request of this.#inOrder()) {
      if (request === wanted) return ahead;
      ahead += 1;
    }
    return 0;
  }

  #lanes(): Set<SimRequest>[] {
    return [this.#putBack, this.#normal, this.#low];
  }

  *#inOrder(): Generator<SimRequest> {
    for (const lane of this.#lanes()) yield* lane;
  }
}
