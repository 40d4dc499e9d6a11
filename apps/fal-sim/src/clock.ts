// The simulated clock: simulated time runs `speed` times as fast as real time and can be pushed forward. Every
// duration of the simulated world (runs, retries, retention) is scheduled here in simulated milliseconds; nothing that
// waits for a network does. One real timer is armed at a time, for the earliest due task.
import { DueQueue, type DueTask } from './due-queue.ts';

const REAL_DELAY_MS_MAX = 2 ** 31 - 1;

export class SimClock {
  readonly #speed: number;
  readonly #startedAt = performance.now();
  readonly #tasks = new DueQueue();
  #offsetMs: number;
  #eventMs: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(speed: number, startMs = 0) {
    this.#speed = speed;
    this.#offsetMs = startMs;
  }

  /** While a task runs this is the moment it was due, so a chain of tasks does not drift when the timer is late. */
  nowMs(): number {
    return this.#eventMs ?? this.#offsetMs + (performance.now() - this.#startedAt) * this.#speed;
  }

  /** Returns a function that cancels the task. */
  schedule(delayMs: number, run: () => void): () => void {
    const task: DueTask = { dueMs: this.nowMs() + delayMs, run };
    this.#tasks.push(task);
    if (this.#tasks.peek() === task && this.#eventMs === undefined) this.#arm();
    return () => {
      task.run = undefined;
    };
  }

  advance(ms: number): void {
    this.#offsetMs += ms;
    this.#runDue();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #runDue(): void {
    const untilMs = this.nowMs();
    for (let task = this.#tasks.peek(); task && task.dueMs <= untilMs && !this.#stopped; task = this.#tasks.peek()) {
      this.#tasks.pop();
      this.#eventMs = task.dueMs;
      try {
        task.run?.();
      } finally {
        this.#eventMs = undefined;
      }
    }
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const next = this.#tasks.peek();
    if (!next || this.#stopped) return;
    const delayMs = Math.ceil(Math.max(0, next.dueMs - this.nowMs()) / this.#speed);
    this.#timer = setTimeout(() => this.#runDue(), Math.min(delayMs, REAL_DELAY_MS_MAX));
  }
}
