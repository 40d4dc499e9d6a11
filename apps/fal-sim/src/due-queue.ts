export interface DueTask {
  readonly dueMs: number;
  /** Undefined once cancelled; the empty task stays until it is due. */
  run: (() => void) | undefined;
}

/** A binary heap: the task that is due first is on top; equal times keep no order. */
export class DueQueue {
  readonly #heap: DueTask[] = [];

  peek(): DueTask | undefined {
    return this.#heap[0];
  }

  push(task: DueTask): void {
    const heap = this.#heap;
    let at = heap.length;
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (!parent || parent.dueMs <= task.dueMs) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = task;
  }

  pop(): DueTask | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (!first || !last || first === last) return first;
    let at = 0;
    for (;;) {
      const childAt = this.#smallerChild(at);
      const child = heap[childAt];
      if (!child || child.dueMs >= last.dueMs) break;
      heap[at] = child;
      at = childAt;
    }
    heap[at] = last;
    return first;
  }

  #smallerChild(at: number): number {
    const left = this.#heap[2 * at + 1];
    const right = this.#heap[2 * at + 2];
    return left && right && right.dueMs < left.dueMs ? 2 * at + 2 : 2 * at + 1;
  }
}
