import type { SimRequest } from '../sim-request.ts';

/** Tells whoever watches a request that its state has changed. */
export class ChangeWatch {
  readonly #watchers = new Map<SimRequest, Set<() => void>>();

  /** Returns a function that ends the watch. */
  watch(request: SimRequest, onChange: () => void): () => void {
    const watchers = this.#watchers.get(request) ?? new Set();
    this.#watchers.set(request, watchers.add(onChange));
    return () => {
      watchers.delete(onChange);
      if (watchers.size === 0) this.#watchers.delete(request);
    };
  }

  announce(request: SimRequest): void {
    for (const onChange of this.#watchers.get(request) ?? []) onChange();
  }
}
