/**
 * The task catalogue: everything that BullMQ carries, one row each. A task holds one id and nothing else; what it is
 * about stands in Postgres, so a task may be lost, doubled or late without harm.
 */
export const TASKS = {
  /** One reserved attempt to send to fal. */
  submit: { concurrency: 64 },
  /** One attempt whose outcome may be known by now. */
  settle: { concurrency: 16 },
  /** One uploaded file to read into jobs. */
  import: { concurrency: 2 },
} as const satisfies Record<string, { readonly concurrency: number }>;

export type TaskName = keyof typeof TASKS;

export interface TaskPayload {
  readonly id: string;
}

/** Puts tasks into the queues. Adding the same id twice is harmless. */
export interface TaskProducer {
  enqueue(task: TaskName, ids: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
